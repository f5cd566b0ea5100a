/** `below doctor [--json | --tune]`: prints the findings of examine.ts, exit code 0 when `npm start` can work; or measures what suits the GPU, and keeps it. */
import { keepChoice } from "../tensor/device/webgpu/choice.ts";
import { hasGpu } from "../tensor/device/webgpu/gpu.ts";
import { tune } from "../tensor/profile/tune.ts";
import { type Finding, examine } from "./examine.ts";

const marks: Record<Finding["state"], string> = { ok: "✓", wrong: "✗", absent: "–" };

/** Throws TypeError for a wrong command line. */
export async function doctor(root: string, args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== "--json" && arg !== "--tune");
  if (unknown)
    throw new TypeError(
      `below doctor: want --json, --tune or nothing, got ${unknown}; try below doctor --help`,
    );
  if (args.includes("--tune")) return tuned(args.includes("--json"));
  const findings = await examine(root);
  process.stdout.write(
    args.includes("--json") ? `${JSON.stringify(findings, undefined, 2)}\n` : findings.map(line).join(""),
  );
  return findings.some(({ state }) => state === "wrong") ? 1 : 0;
}

/** A processor that plays a GPU is measured only where BELOW_DEVICE says webgpu. */
async function tuned(json: boolean): Promise<number> {
  if (process.env["BELOW_DEVICE"] !== "webgpu" && !(await hasGpu())) {
    process.stderr.write("below doctor: want a GPU to measure, got none; tensors run on the CPU\n");
    return 1;
  }
  const { gpu, choice, measured } = await tune();
  const file = keepChoice(gpu, choice);
  const lines = measured.map(({ what, ms }) => `${ms.toFixed(3)} ms  ${what}\n`);
  const text = json
    ? `${JSON.stringify({ gpu, choice, measured, file }, undefined, 2)}\n`
    : `${gpu}\n${lines.join("")}kept in ${file}\n`;
  process.stdout.write(text);
  return 0;
}

const line = ({ what, state, detail, remedy }: Finding): string =>
  `${marks[state]} ${what}: ${detail}${remedy === undefined ? "" : `; try ${remedy}`}\n`;
