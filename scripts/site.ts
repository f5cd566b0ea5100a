/** `below site`, `below dev`, `below new`: what a command line asks for, handed to the book. */
import { parseArgs } from "node:util";
import { exportSite, newChapter, watchBook } from "../book/index.ts";
import { root } from "./setup.mjs";

const { stdout, stderr } = process;
const DEFAULT_PORT = "4321";

const OPTIONS = {
  serve: { type: "boolean" },
  port: { type: "string", default: DEFAULT_PORT },
  base: { type: "string", default: "/" },
} as const;

export async function siteCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = read("site", args);
  if (positionals.length > 0) throw wrong("site", "--serve, --port or --base", positionals[0]);
  if (!values.serve) return exportSite({ root, stdout, stderr });
  return watchBook({
    root,
    stdout,
    stderr,
    signal,
    runs: false,
    port: portOf("site", values.port),
    base: baseOf(values.base),
  });
}

export async function devCommand(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = read("dev", args);
  return watchBook({
    root,
    chapters: positionals,
    stdout,
    stderr,
    signal,
    runs: true,
    port: portOf("dev", values.port),
    base: baseOf(values.base),
  });
}

export async function newCommand(args: readonly string[]): Promise<number> {
  if (args.length !== 1) throw wrong("new", "one slug", args.join(" ") || "none");
  return newChapter({ root, stdout, stderr }, args[0]);
}

function read(command: string, args: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(args);
  } catch (error) {
    throw wrong(command, "known options", (error as Error).message.split(".")[0]);
  }
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

function portOf(command: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrong(command, "--port from 0 to 65535", text);
  return port;
}

function baseOf(text: string): string {
  return `/${text}/`.replaceAll(/\/+/g, "/");
}

function wrong(command: string, want: string, got: string): TypeError {
  return new TypeError(`below ${command}: want ${want}, got ${got}; try below ${command} --help`);
}
