/** How far a device's function is from doubles, in units of the last place (ulp) of the result. */
import type { Tensor } from "../index.ts";
import { tensor } from "../index.ts";

export interface Claim {
  readonly of: (x: Tensor) => Tensor;
  readonly by: (x: number) => number;
  readonly ulps: number;
  readonly xs: Float32Array;
  /** An absolute error that is allowed as well. */
  readonly absolute?: number;
}

/** 0 and ± 2^k·m for k from −30 on, with so many m an octave, between `least` and `most`. */
export function grid(perOctave: number, most: number, least = -most): Float32Array {
  const xs: number[] = [0];
  for (let k = -30; 2 ** k < Math.max(most, -least); k++)
    for (let m = 0; m < perOctave; m++)
      xs.push(2 ** k * (1 + m / perOctave), -(2 ** k) * (1 + m / perOctave + 1e-4));
  return Float32Array.from(xs.filter((x) => x <= most && x >= least));
}

const word = new DataView(new ArrayBuffer(4));
function ulpOf(y: number): number {
  word.setFloat32(0, Math.abs(y));
  return 2 ** (Math.max(1, word.getUint32(0) >>> 23) - 150);
}

/** The largest error of a claim, in ulps, and where. NaN where the device gave a NaN and should not. */
export async function worstOf({ of, by, xs, absolute = 0 }: Claim): Promise<{ error: number; x: number }> {
  const ys = await of(tensor(xs) as Tensor).data();
  let worst = { error: 0, x: 0 };
  for (const [i, x] of xs.entries()) {
    const want = by(x);
    const off = Math.abs(ys[i] - want);
    const error = off <= absolute || Object.is(ys[i], Math.fround(want)) ? 0 : off / ulpOf(want);
    if (!(error <= worst.error)) worst = { error, x };
  }
  return worst;
}
