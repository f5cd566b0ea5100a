/**
 * `below mock [--port N] [--script FILE] [--key KEY]`: the scripted, OpenAI-compatible server of chapter 00, until Ctrl-C.
 * Requests go to stdout, a line each; at the end what they cost together.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type Billed,
  defaultScript,
  type Mock,
  readScript,
  type Script,
  startMock,
} from "../book/mock/index.ts";

/** Exit code 0 after Ctrl-C, 1 if the server cannot start. Throws TypeError where the arguments are wrong. */
export async function mockCommand(args: readonly string[]): Promise<number> {
  const { port, script, key } = readArguments(args);
  const mock = await startMock({ script, port, key, onRequest: (billed) => say(line(billed)) }).catch(
    (error: unknown) => explain(error, port),
  );
  if (mock === undefined) return 1;
  introduce(mock, script);
  await new Promise((resolve) => ["SIGINT", "SIGTERM"].forEach((signal) => process.once(signal, resolve)));
  await mock.close();
  say(`${mock.bill.length} requests, ${dollars(mock.bill.reduce((sum, { cost }) => sum + cost, 0))}`);
  return 0;
}

interface MockArguments {
  readonly port: number;
  readonly script: Script;
  readonly key: string;
}

function readArguments(args: readonly string[]): MockArguments {
  const options = { port: { type: "string" }, script: { type: "string" }, key: { type: "string" } } as const;
  const values = parse(() => parseArgs({ args: [...args], options }).values);
  const port = Number(values.port ?? 8000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError(`below mock: want a port from 0 to 65535, got ${values.port}; try below mock --help`);
  const script =
    values.script === undefined ? defaultScript : readScript(readFile(values.script), values.script);
  return { port, script, key: values.key ?? "sk-below" };
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TypeError(`below mock: ${(error as Error).message}; try below mock --help`, { cause: error });
  }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TypeError(`below mock: want a script, got none at ${file}`, { cause: error });
  }
}

/** A port in use is the user's to choose anew; anything else is ours. */
function explain(error: unknown, port: number): undefined {
  if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
  process.stderr.write(`below mock: want a free port, got ${port} in use; try below mock --port 0\n`);
}

function introduce({ url, key }: Mock, { models }: Script): void {
  say(`${url}   key ${key}   models ${models.map(({ id }) => id).join(", ")}   (Ctrl-C ends it)`);
  const body = JSON.stringify({ model: models[0]?.id, messages: [{ role: "user", content: "Hello" }] });
  say(`try: curl ${url}/chat/completions -H "Authorization: Bearer ${key}" -d '${body}'`);
}

function line({ model, status, usage, cost }: Billed): string {
  if (usage === undefined) return `${status} ${model}`;
  const hidden = usage.hiddenTokens === 0 ? "" : ` (${usage.hiddenTokens} of them hidden)`;
  return `${status} ${model}: ${usage.promptTokens} tokens in, ${usage.completionTokens} out${hidden}, ${dollars(cost)}`;
}

const dollars = (amount: number): string => `$${amount.toFixed(6)}`;
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
