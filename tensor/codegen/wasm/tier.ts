/**
 * What of the processor WebAssembly lets code use here. Templates are written for one tier; the device finds the best that works.
 */

export interface Tier {
  readonly name: "revectorised" | "relaxed" | "simd";
  /** Relaxed SIMD: a·b + c is one instruction, rounded once. */
  readonly fused: boolean;
  /** V8 joins pairs of neighbouring v128 operations into one of 256 bits. */
  readonly paired: boolean;
  /** Rows of a matmul tile, and its columns in vectors of four: sums + one row of B + one of A must fit 16 registers. */
  readonly rows: number;
  readonly vectors: number;
  /** k steps written out in a tile's loop. */
  readonly unroll: number;
}

/** Best first. x64 has 16 vector registers, and V8 spills what does not fit: 6·2 sums + 2 of B + 1 of A = 15. */
export const tiers: readonly Tier[] = [
  { name: "revectorised", fused: true, paired: true, rows: 6, vectors: 4, unroll: 4 },
  { name: "relaxed", fused: true, paired: false, rows: 6, vectors: 2, unroll: 1 },
  { name: "simd", fused: false, paired: false, rows: 4, vectors: 2, unroll: 1 },
];
