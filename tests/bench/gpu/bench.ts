/**
 * `npm run bench -- gpu`: on a real GPU the time of each task by its own clock, and its share of what the same GPU was seen to do at most.
 * Without one those rows are unjudged, and the number of programs that a training step takes stands alone.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hasGpu } from "../../../tensor/device/webgpu/gpu.ts";
import type { Seen } from "./measure.ts";
import { type Claim, type Row, row } from "../row.ts";

interface GpuClaim extends Claim {
  readonly task: string;
  readonly of: (seen: Seen) => number;
}

const alone = { peerName: null, goal: null } as const;
const claims: readonly GpuClaim[] = [
  { task: "matmul", what: "matmul f32 4096", unit: "ms", of: ({ ms }) => ms, ...alone },
  {
    task: "softmax",
    what: "softmax 4096×4096",
    unit: "share of bandwidth",
    of: (s) => s.ofBandwidth,
    ...alone,
  },
  {
    task: "attention",
    what: "attention T 4096, 8 heads of 64, causal",
    unit: "ms",
    of: ({ ms }) => ms,
    ...alone,
  },
  {
    task: "matvec",
    what: "decode: f32 8192×8192 times a vector",
    unit: "share of bandwidth",
    of: (s) => s.ofBandwidth,
    peerName: null,
    goal: ">=0.6",
  },
  { task: "q8", what: "decode: q8 8192×8192 times a vector", unit: "ms", of: ({ ms }) => ms, ...alone },
  { task: "train", what: "GPT-128 step", unit: "ms", of: ({ ms }) => ms, ...alone },
];
const count: Claim = { what: "GPT-128 step", unit: "programs", peerName: null, goal: "<=60" };

/** A browser of Chromium's kind brings a software GPU, and the loader that finds it. */
const chromium = "/usr/lib/chromium";
const softwareGpu = { LD_LIBRARY_PATH: chromium, VK_DRIVER_FILES: `${chromium}/vk_swiftshader_icd.json` };
const noPeer = "PyTorch on the same card is not measured yet";

export async function benchGpu(progress: (text: string) => void): Promise<readonly Row[]> {
  const isThere = await hasGpu();
  const rows = claims.map((claim) => {
    if (!isThere) return unmeasured(claim, "no GPU here");
    progress(claim.what);
    return measured(claim);
  });
  progress("counting programs");
  return [...rows, counted(isThere)];
}

function measured({ task, of, ...claim }: GpuClaim): Row {
  const answer = run("measure.ts", [task], {});
  if ("fault" in answer) return row(claim, answer, null);
  const found = row(claim, (answer.value as readonly Seen[]).map(of), null);
  return claim.goal === null ? { ...found, why: `${found.why}; ${noPeer}` } : found;
}

function counted(isThere: boolean): Row {
  if (!isThere && !existsSync(softwareGpu.VK_DRIVER_FILES))
    return unmeasured(count, "neither a GPU nor a software one here; try installing Chromium");
  const answer = run("programs.ts", [], isThere ? {} : softwareGpu);
  return row(count, "fault" in answer ? answer : [answer.value as number], null);
}

function unmeasured({ what, unit, peerName, goal }: Claim, why: string): Row {
  return { what, unit, peerName, goal, ours: null, peer: null, ratio: null, ok: null, why };
}

type Answer = { readonly value: unknown } | { readonly fault: string };

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Answer {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", here("../../../kernel/loader/register.mjs"), here(file), ...args],
    { encoding: "utf8", env: { ...process.env, BELOW_DEVICE: "webgpu", ...env } },
  );
  if (status !== 0) return { fault: stderr.trim().split("\n").at(-1) ?? `exit code ${status}` };
  return { value: JSON.parse(stdout) };
}
