/** What has no peer: the first result of a fresh process, and memory over 10 000 steps. Each in processes of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lastWords } from "./contestant.ts";
import { type Row, row, type Samples } from "../row.ts";

const index = fileURLToPath(new URL("../../../tensor/index.ts", import.meta.url));
/**
 * V8's young generation begins with two halves of 8 MiB, and each doubles once as much as it holds has survived its collections: in any
 * program, sooner or later, whether it keeps anything or not. Held at its first size it says nothing, and what grows is what is kept.
 */
const young = "--max-semi-space-size=8";
const steps = fileURLToPath(new URL("steps.ts", import.meta.url));
const stepCount = 10_000;

export async function aloneRows(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  progress("first result");
  const rows = [await firstResult(rounds)];
  for (const mode of ["jitted", "eager"] as const) {
    progress(`${stepCount} ${mode} steps`);
    rows.push(...(await memoryRows(mode)));
  }
  return rows;
}

/** An empty script, and one that computes a sum, in turns. */
async function firstResult(rounds: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "below-first-"));
  const [empty, first] = [join(folder, "empty.ts"), join(folder, "first.ts")];
  writeFileSync(empty, "export {};\n");
  const text = `import { tensor } from ${JSON.stringify(pathToFileURL(index).href)};\nconst y = await tensor([1, 2]).add(1).data();\nif (y[1] !== 3) throw new Error("wrong");\nprocess.exit(0);\n`;
  writeFileSync(first, text);
  const samples: number[] = [];
  try {
    await timeOf(first);
    for (let i = 0; i < rounds; i++) samples.push(-(await timeOf(empty)) + (await timeOf(first)));
  } catch (error) {
    return row(firstClaim, { fault: String(error) }, null);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return row(firstClaim, samples, null);
}

const firstClaim = { what: "first result beyond an empty script", unit: "ms", peerName: null, goal: "<=60" };

async function timeOf(script: string): Promise<number> {
  const startMs = performance.now();
  await output(script, []);
  return performance.now() - startMs;
}

/** What a script prints. Throws Error where it fails. */
function output(script: string, args: readonly string[], flags: readonly string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...flags, "--expose-gc", script, ...args], {
      env: { ...process.env, BELOW_DEVICE: process.env.BELOW_DEVICE ?? "wasm" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [text, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(text) : reject(new Error(lastWords(errors)))));
  });
}

/** What steps.ts prints: device bytes and resident memory, after 100 steps and at the end. */
interface Memory {
  readonly bytes: readonly [number, number];
  readonly rss: readonly [number, number];
}

async function memoryRows(mode: "jitted" | "eager"): Promise<readonly Row[]> {
  const what = `${stepCount} ${mode} steps`;
  const bytes = {
    what: `${what}: device bytes against those after 100`,
    unit: "bytes",
    peerName: null,
    goal: "<=0",
  };
  const rss = {
    what: `${what}: resident memory against that after 100 (V8's young generation kept at its first size)`,
    unit: "of it",
    peerName: null,
    goal: "<=1.05",
  };
  const found = await output(steps, [mode, String(stepCount)], [young]).then(
    (text) => JSON.parse(text) as Memory,
    (error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }),
  );
  if ("fault" in found) return [row(bytes, found, null), row(rss, found, null)];
  const grown: Samples = [Math.abs(found.bytes[1] - found.bytes[0])];
  return [row(bytes, grown, null), row(rss, [found.rss[1] / found.rss[0]], null)];
}
