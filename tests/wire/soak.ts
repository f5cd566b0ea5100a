/**
 * The kernel's long run: interrupts at random moments, mutated messages, many cells (soak.py, a real client).
 * Amounts in, facts out; `soakKernel` is `npm run soak -- kernel`, the test takes a tenth.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findPython, runScenario, type Facts } from "./scenario.ts";

export const parts = ["interrupts", "mutations", "cells"] as const;
export type Part = (typeof parts)[number];

const whole: Readonly<Record<Part, number>> = { interrupts: 1000, mutations: 10_000, cells: 1000 };
/** Debian's browser brings a software GPU, and the loader that finds it. */
const chromium = "/usr/lib/chromium";
const softwareGpu = {
  LD_LIBRARY_PATH: chromium,
  VK_DRIVER_FILES: join(chromium, "vk_swiftshader_icd.json"),
};
/** Resident memory after a garbage collection, between the 200th cell and the last. */
export const mostGrowth = 0.05;

/** What a part saw, and each thing that went wrong in words. */
export async function soakPart(python: string, part: Part, count: number, seed: number): Promise<Facts> {
  const hasGpu = existsSync(join(chromium, "vk_swiftshader_icd.json"));
  const args = [part, String(count), String(seed), ...(hasGpu ? ["gpu"] : [])];
  const { lines, ending } = await runScenario(python, "soak.py", args, {
    BELOW_TYPECHECK: "off",
    ...(hasGpu ? softwareGpu : {}),
  });
  const faults = lines.filter(({ promise }) => promise === "fault").map(({ text }) => text);
  const facts = lines.find(({ promise }) => promise === part) ?? { ending };
  return { ...facts, faults };
}

/** Arguments: [PART] [--seed N]. Returns what failed, in words. */
export async function soakKernel(
  args: readonly string[],
  progress: (text: string) => void,
): Promise<readonly string[]> {
  const { wanted, seed } = readArguments(args);
  const python = findPython();
  if (python === undefined)
    throw new TypeError("soak: want Python with jupyter_client, got none; try npm test");
  const failures: string[] = [];
  for (const part of wanted) {
    progress(`kernel: ${whole[part]} ${part}, seed ${seed}`);
    const facts = await soakPart(python, part, whole[part], seed);
    progress(JSON.stringify(facts));
    if (!isSound(part, facts)) failures.push(`${part}, seed ${seed}: ${JSON.stringify(facts)}`);
  }
  return failures;
}

function isSound(part: Part, facts: Facts): boolean {
  if ((facts["faults"] as unknown[]).length > 0 || facts["count"] !== whole[part]) return false;
  if (part === "interrupts")
    return (
      facts["dead"] === 0 && facts["lost"] === 0 && facts["wrong"] === 0 && (facts["gpu"] ?? "2") === "2"
    );
  if (part === "mutations") return facts["crashed"] === false && facts["alive"] === "42";
  return (facts["growth"] as number) <= mostGrowth;
}

function readArguments(args: readonly string[]): { wanted: readonly Part[]; seed: number } {
  const at = args.indexOf("--seed");
  const seed = at < 0 ? Date.now() % 1_000_000 : Number(args[at + 1]);
  const named = args.filter((_, index) => at < 0 || (index !== at && index !== at + 1));
  const unknown = named.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined || !Number.isInteger(seed))
    throw new TypeError(
      `soak: want ${parts.join(", ")} or --seed N, got ${args.join(" ")}; try npm run soak -- kernel`,
    );
  return { wanted: named.length > 0 ? (named as Part[]) : parts, seed };
}
