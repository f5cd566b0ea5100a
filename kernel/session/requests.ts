/**
 * Requests → replies, in the order of the specification. A message and its socket in; busy, reply, idle out.
 * execute_request waits its turn (queue); everything else is answered at once, so that it works while a cell runs.
 */
import { protocolVersion, textOf, type Fields, type Message } from "../wire/message.ts";
import type { Channel } from "../wire/sockets.ts";
import { execute } from "./execute.ts";
import { searchHistory } from "./history.ts";
import { interrupt } from "./interrupt.ts";
import { log, publish, reply, status, type Kernel } from "./kernel.ts";
import { complete, describeAt } from "./peek.ts";
import { isComplete } from "./syntax.ts";

type Answer = (kernel: Kernel, content: Fields) => Fields | Promise<Fields>;

const answers: Readonly<Record<string, Answer>> = {
  kernel_info: () => kernelInfo,
  is_complete: (_, content) => isComplete(textOf(content, "code")),
  complete: async (kernel, content) => {
    const { matches, start, end } = await complete(kernel.main, textOf(content, "code"), cursorOf(content));
    return { status: "ok", matches, cursor_start: start, cursor_end: end, metadata: {} };
  },
  inspect: async (kernel, content) => {
    const text = await describeAt(
      kernel.main,
      textOf(content, "code"),
      cursorOf(content),
      content.detail_level === 1,
    );
    return {
      status: "ok",
      found: text !== undefined,
      data: text === undefined ? {} : { "text/plain": text },
      metadata: {},
    };
  },
  history: (kernel, content) => ({ status: "ok", history: searchHistory(kernel.history, content) }),
  comm_info: () => ({ status: "ok", comms: {} }),
  interrupt: async (kernel) => {
    await interrupt(kernel.main);
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
  supported_features: [],
  debugger: false,
};

/** Takes one message from shell or control. */
export function takeRequest(kernel: Kernel, channel: Channel, request: Message): void {
  if (request.header.msg_type === "execute_request") enqueue(kernel, request);
  else
    void answer(kernel, channel, request).catch((error: unknown) =>
      log(`bug: ${request.header.msg_type}: ${String(error)}`),
    );
}

let pumping = false;

function enqueue(kernel: Kernel, request: Message): void {
  kernel.queue.push({ request, aborted: false });
  if (!pumping) void pump(kernel);
}

async function pump(kernel: Kernel): Promise<void> {
  pumping = true;
  for (let next = kernel.queue.shift(); next; next = kernel.queue.shift()) {
    await execute(kernel, next).catch((error: unknown) => log(`bug: execute_request: ${String(error)}`));
  }
  pumping = false;
}

async function answer(kernel: Kernel, channel: Channel, request: Message): Promise<void> {
  const type = request.header.msg_type;
  const make = answers[type.replace(/_request$/, "")];
  void status(kernel, "busy", request.header);
  if (make)
    await reply(
      kernel,
      channel,
      request,
      type.replace(/_request$/, "_reply"),
      await make(kernel, request.content),
    );
  else if (type.startsWith("comm_")) refuseComm(kernel, request);
  else log(`no answer to a message of type ${JSON.stringify(type)}`);
  await status(kernel, "idle", request.header);
  if (type === "shutdown_request") kernel.exit();
}

/** No comm target is known: an opened comm is closed again, as the specification wants. */
function refuseComm(kernel: Kernel, { header, content }: Message): void {
  if (header.msg_type === "comm_open")
    void publish(kernel, "comm_close", { comm_id: content.comm_id, data: {} }, header);
}

/** Code points before the cursor; the end of the code when the client does not say. */
function cursorOf(content: Fields): number {
  return typeof content.cursor_pos === "number"
    ? content.cursor_pos
    : Array.from(textOf(content, "code")).length;
}
