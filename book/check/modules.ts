/**
 * A chapter's module may do nothing when it is imported: a reader's import must not print, open or change
 * anything. Each is imported in an empty process and watched.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Readable } from "node:stream";
import type { Source } from "../book.ts";
import type { Fault } from "../fault.ts";
import type { Probe } from "./probe.ts";

const PROBE = fileURLToPath(new URL("./probe.ts", import.meta.url));
const LIMIT_MS = 60_000;

export async function moduleFaults(root: string, stage: string, source: Source): Promise<Fault[]> {
  const loader = pathToFileURL(join(root, "kernel/loader/register.mjs")).href;
  const child = spawn(process.execPath, ["--import", loader, PROBE, stage, source.chapter.slug], {
    cwd: root,
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const ended = new Promise<string>((resolve, reject) =>
    child.on("error", reject).on("close", (code, signal) => resolve(signal ?? String(code))),
  );
  const [printed, complained, report, end] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    text(child.stdio[3] as Readable),
    ended,
  ]);
  return judge(source, printed + complained, report, end);
}

function judge(source: Source, printed: string, report: string, end: string): Fault[] {
  const fault = (got: string, line = firstExportLine(source), column = 1): Fault => ({
    file: source.chapter.file,
    line,
    column,
    who: `below/${source.chapter.slug}`,
    want: "a module that only declares when it is imported",
    got,
    hint: "moving what acts to a cell without the export tag",
  });
  if (report === "") return [fault(`an import that ended the process (${end}): ${firstLine(printed)}`)];
  const probe = JSON.parse(report) as Probe;
  if (probe.error !== undefined) {
    const place = placeOf(probe.stack ?? "", source.chapter.slug);
    return [{ ...fault(probe.error, place?.line, place?.column), hint: undefined }];
  }
  if (printed !== "") return [fault(`the output ${JSON.stringify(firstLine(printed))}`)];
  if (probe.resources.length > 0) return [fault(`an open ${probe.resources.join(", ")}`)];
  if (probe.globals.length > 0) return [fault(`the new global ${probe.globals.join(", ")}`)];
  return end === "0" ? [] : [fault(`a process that ended with ${end}`)];
}

/** Line and column in the chapter's own module, which are chapter.md's. */
function placeOf(stack: string, slug: string): { line: number; column: number } | undefined {
  const found = new RegExp(`[/\\\\]modules[/\\\\]${slug}\\.ts:(\\d+):(\\d+)`).exec(stack);
  return found ? { line: Number(found[1]), column: Number(found[2]) } : undefined;
}

function firstExportLine({ chapter }: Source): number {
  const cell = chapter.blocks.find((block) => block.kind === "code" && block.tags.has("export"));
  return cell?.line ?? 1;
}

function firstLine(output: string): string {
  return output.trim().split("\n")[0];
}
