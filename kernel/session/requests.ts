/**
 * Requests → replies, in the order of the specification. A message and its socket in; busy, reply, idle out.
 * execute_request waits its turn (queue); everything else is answered at once, so that it works while a cell runs.
 */
import { protocolVersion, textOf, type Fields, type Message } from "../wire/message.ts";
import { portsOf } from "../wire/connection.ts";
import type { Channel } from "../wire/sockets.ts";
import { commInfo, isLive, takeComm } from "./comms.ts";
import { stopCell } from "./interrupt.ts";
import { reply, status, type Kernel } from "./kernel.ts";
import { log } from "./log.ts";
import {
  createSubshell,
  deleteSubshell,
  enqueue,
  listSubshells,
  shellOf,
  unknownSubshell,
} from "./shells.ts";
import { usage } from "./usage.ts";

type Answer = (kernel: Kernel, content: Fields, request: Message) => Fields | Promise<Fields>;

const answers: Readonly<Record<string, Answer>> = {
  kernel_info: () => kernelInfo,
  is_complete: async ({ language }, content) => ({ ...(await language.isComplete(textOf(content, "code"))) }),
  complete: async ({ language }, content) => {
    const { matches, start, end } = await language.complete(textOf(content, "code"), cursorOf(content));
    return {
      status: "ok",
      matches: matches.map(({ text }) => text),
      cursor_start: start,
      cursor_end: end,
      metadata: { _jupyter_types_experimental: matches.map((match) => ({ ...match, start, end })) },
    };
  },
  inspect: async ({ language }, content) => {
    const isDetailed = content.detail_level === 1;
    const data = await language.inspect(textOf(content, "code"), cursorOf(content), isDetailed);
    return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
  },
  history: (kernel, content, request) => ({
    status: "ok",
    history: kernel.history.search((shellOf(kernel, request) ?? kernel.mainShell).history, content),
  }),
  comm_info: commInfo,
  connect: ({ connection }) => ({ status: "ok", ...portsOf(connection) }),
  create_subshell: createSubshell,
  delete_subshell: deleteSubshell,
  list_subshell: listSubshells,
  usage: () => usage(),
  interrupt: async (kernel) => {
    await stopCell(kernel);
    return { status: "ok" };
  },
  shutdown: (_, { restart }) => ({ status: "ok", restart: restart === true }),
};

const kernelInfo: Fields = {
  status: "ok",
  protocol_version: protocolVersion,
  implementation: "below",
  implementation_version: "0.1.0",
  language_info: {
    name: "typescript",
    version: "7.0.2",
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  },
  banner: `below: TypeScript on Node ${process.versions.node}`,
  help_links: [],
  supported_features: ["kernel subshells"],
  debugger: false,
};

/** Takes one message from shell or control. */
export function takeRequest(kernel: Kernel, channel: Channel, request: Message): void {
  const { msg_type: type, subshell_id: id } = request.header;
  const shell = shellOf(kernel, request);
  if (type === "execute_request" && shell) enqueue(kernel, shell, { request, aborted: false });
  else if (type.startsWith("comm_") && type !== "comm_info_request") takeCommRequest(kernel, request);
  else {
    const answered = shell ? answer(kernel, channel, request) : refuse(kernel, channel, request, id ?? "");
    void answered.catch((error: unknown) => log(`bug: ${type}: ${String(error)}`));
  }
}

/** In its turn among the cells, but for a comm that is open: a slider works while cells wait, and where main awaits. */
function takeCommRequest(kernel: Kernel, request: Message): void {
  const run = async (): Promise<void> => {
    void status(kernel, "busy", request.header);
    await takeComm(kernel, request);
    await status(kernel, "idle", request.header);
  };
  if (!isLive(kernel, request)) enqueue(kernel, kernel.mainShell, { request, aborted: false, run });
  else void run().catch((error: unknown) => log(`bug: ${request.header.msg_type}: ${String(error)}`));
}

async function answer(kernel: Kernel, channel: Channel, request: Message): Promise<void> {
  const type = request.header.msg_type;
  const make =
    Object.hasOwn(answers, type.replace(/_request$/, "")) && answers[type.replace(/_request$/, "")];
  if (!make) return log(`no answer to a message of type ${JSON.stringify(type.slice(0, 100))}`);
  void status(kernel, "busy", request.header);
  const content = await make(kernel, request.content, request);
  await reply(kernel, channel, request, type.replace(/_request$/, "_reply"), content);
  await status(kernel, "idle", request.header);
  if (type === "shutdown_request") kernel.exit();
  if (type === "kernel_info_request") kernel.language.start(); // after the answer: nobody waits for it
}

/** For a subshell that does not exist. */
async function refuse(kernel: Kernel, channel: Channel, request: Message, id: string): Promise<void> {
  void status(kernel, "busy", request.header);
  const type = request.header.msg_type.replace(/_request$/, "_reply");
  await reply(kernel, channel, request, type, unknownSubshell(id));
  await status(kernel, "idle", request.header);
}

/** Code points before the cursor; the end of the code when the client does not say. */
function cursorOf(content: Fields): number {
  return typeof content.cursor_pos === "number"
    ? content.cursor_pos
    : Array.from(textOf(content, "code")).length;
}
