/** `npm run soak -- tensor`: ten times the random graphs of `npm test`, and any seeds that one asks for; with BELOW_DEVICE=webgpu on a GPU. */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { subjects } from "./subjects.ts";

const usage = "try npm run soak -- tensor [--first 1] [--seeds 15000]";

/** Texts of the failures, on all devices that are there. Throws TypeError for arguments it does not know. */
export async function soakTensor(
  args: readonly string[],
  progress: (text: string) => void,
): Promise<readonly string[]> {
  const { first, count } = readArguments(args);
  // A GPU, also one that the processor plays, where the environment says so.
  const names = process.env["BELOW_DEVICE"] === "webgpu" ? (["webgpu"] as const) : undefined;
  const { present, absent } = await subjects(names);
  for (const why of absent) progress(`not here: ${why}`);
  const failures: string[] = [];
  for (const subject of present) {
    const startMs = performance.now();
    const tell = (done: number): void => {
      if (done % 1000 === 0) progress(`${subject.name}: ${done} of ${count} graphs`);
    };
    const report = await fuzz(subject, { first, count, maxFailures: 10, progress: tell });
    const share = (report.judgedShare * 100).toFixed(1);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    progress(
      `${subject.name}: ${report.plans} graphs in ${seconds} s, ${share} % of elements judged, ${report.failures.length} failures`,
    );
    failures.push(...report.failures);
  }
  return failures;
}

function readArguments(args: readonly string[]): { first: number; count: number } {
  const options = { first: { type: "string" }, seeds: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { first: whole("first", values.first ?? "1"), count: whole("seeds", values.seeds ?? "15000") };
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith("soak:")) throw error;
    throw new TypeError(`soak: ${error instanceof Error ? error.message : String(error)}; ${usage}`, {
      cause: error,
    });
  }
}

function whole(name: string, text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0)
    throw new TypeError(`soak: want --${name} to be a whole number, got "${text}"; ${usage}`);
  return n;
}
