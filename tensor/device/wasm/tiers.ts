/**
 * Which tier works here: each is tried on a small product whose answer is known, and the fastest kind must also be faster.
 * An experimental compiler flag is trusted for what it computes, not for its name.
 */
import { ModuleWriter } from "../../codegen/wasm/encode.ts";
import { type Export, webAssembly } from "../../codegen/wasm/engine.ts";
import { f32, f32x4, i32, v128 } from "../../codegen/wasm/instructions.ts";
import { writeMatmul } from "../../codegen/wasm/matmul.ts";
import { type Tier, tiers } from "../../codegen/wasm/tier.ts";
import { instantiate, v8 } from "./modules.ts";

/** The best tier that computes rightly, or the one asked for. Throws RangeError where there is none. */
export function chooseTier(name: string | undefined): Tier {
  if (name !== undefined) return named(name);
  for (const [i, tier] of tiers.entries()) {
    const time = trial(tier);
    if (time === undefined) continue;
    // Without 256-bit registers the paired code is right but slow, and nothing else tells.
    if (tier.paired && time > 0.9 * (trial(tiers[i + 1]) ?? Infinity)) continue;
    return tier;
  }
  throw new RangeError(`wasm: want WebAssembly with 128-bit SIMD, got none here; try device("reference")`);
}

/** Whether a·b + c of the tier, or of the best that is offered here, is one instruction. Tries nothing. */
export function isFused(name: string | undefined): boolean {
  const tier = tiers.find((t) => (name === undefined ? !t.paired && isOffered(t) : t.name === name));
  return tier?.fused ?? false;
}

function named(name: string): Tier {
  const tier = tiers.find((t) => t.name === name);
  const known = tiers.map((t) => t.name).join(", ");
  if (tier === undefined) throw new RangeError(`BELOW_WASM_TIER: want one of ${known}, got "${name}"`);
  if (trial(tier) === undefined)
    throw new RangeError(`BELOW_WASM_TIER: want a tier that works here, got "${name}"; try leaving it out`);
  return tier;
}

const sizes = { m: 47, k: 67, n: 38 };
const at = { params: 64, a: 4096, b: 4096 + 32768, c: 65536, scratch: 65536 + 16384, workspace: 131072 };

/** Best time of a few runs of a small product in ms, or undefined where it does not compile or is wrong. */
export function trial(tier: Tier): number | undefined {
  if (!isOffered(tier)) return undefined;
  const memory = new webAssembly.Memory({ initial: 4, maximum: 4 });
  const { m, k, n } = sizes;
  const [a, b, c] = [at.a, at.b, at.c].map(
    (p, i) => new Float32Array(memory.buffer, p, [m * k, k * n, m * n][i]),
  );
  a.forEach((_, i) => (a[i] = ((i * 7) % 31) / 8 - 2));
  b.forEach((_, i) => (b[i] = ((i * 5) % 29) / 4 - 3));
  new Int32Array(memory.buffer, at.params, 4).set([at.a, at.b, at.c, at.workspace]);
  const run = product(tier, memory);
  let best = Infinity;
  for (let i = 0; i < 25; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return isRight(a, b, c) ? best : undefined;
}

function isOffered(tier: Tier): boolean {
  if (tier.paired && (v8() === undefined || !isX64())) return false;
  const module = new ModuleWriter({ shared: false });
  const x = f32x4.splat(f32.const(1));
  module.fn("f", [], "v128", () => (tier.fused ? f32x4.relaxedMadd(x, x, x) : f32x4.add(x, x)));
  return webAssembly.validate(module.bytes());
}

function isX64(): boolean {
  return (globalThis as { process?: { arch?: string } }).process?.arch === "x64";
}

/** c = a·b, all row-major at their places. */
function product(tier: Tier, memory: InstanceType<typeof webAssembly.Memory>): () => void {
  const { m, k, n } = sizes;
  const module = new ModuleWriter({ shared: false });
  const view = (buffer: number, row: number) => ({ buffer, offset: 0, batch: [], row, column: 1 });
  const spec = { batch: [], m, n, k, a: view(0, k), b: view(1, n) };
  const { phases } = writeMatmul(module, tier, "product", spec, 3, (f, place, result, lanes) => {
    const element = i32.add(i32.mul(place.row, n), place.column);
    const p = f.let(i32.add(i32.load(place.params, 8), i32.mul(element, 4)));
    if (lanes === 4) f.do(v128.store(p, result));
    else for (let lane = 0; lane < n % 4; lane++) f.do(v128.store32Lane(p, result, lane, lane * 4));
  });
  const exports = instantiate(module.bytes(), memory, { paired: tier.paired, params: at.params });
  const run = (fn: Export, items: number): number => fn(0, items, at.params, at.scratch);
  return () => phases.forEach(({ fn, items }) => run(exports[fn], items));
}

/** Numbers in the trial are multiples of 1/32 and small, so the sums are exact, however they are rounded. */
function isRight(a: Float32Array, b: Float32Array, c: Float32Array): boolean {
  const { m, k, n } = sizes;
  // Five is prime to the tile's rows, so that all of them are looked at; all of m would take milliseconds in cold JavaScript.
  for (let i = m - 1; i >= 0; i -= 5)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let s = 0; s < k; s++) sum += a[i * k + s] * b[s * n + j];
      if (c[i * n + j] !== sum) return false;
    }
  return true;
}
