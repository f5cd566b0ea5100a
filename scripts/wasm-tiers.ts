/**
 * Which parts of WebAssembly this runtime accepts, found by offering it the smallest module that uses each.
 * Source: WebAssembly specification 3.0, §5 (binary format).
 */

interface Tier {
  readonly name: string;
  readonly isThere: boolean;
}

// TypeScript names WebAssembly only together with the whole DOM, which Node has not.
const engine = (globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } })
  .WebAssembly;
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const returnsVector = [0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b]; // type section: () → v128
const returnsNothing = [0x01, 0x04, 0x01, 0x60, 0x00, 0x00]; // type section: () → ()
const oneFunction = [0x03, 0x02, 0x01, 0x00];
const sharedMemory = [0x05, 0x04, 0x01, 0x03, 0x01, 0x01]; // 1 page, at most 1, shared
const splat = (value: number): number[] => [0x41, value, 0xfd, 0x0f]; // i32.const value, i8x16.splat

const simd = [...splat(0), 0xfd, 0x62]; // i8x16.popcnt
const relaxedSimd = [...splat(1), ...splat(2), 0xfd, 0x80, 0x02]; // i8x16.relaxed_swizzle
const atomicLoad = [0x41, 0x00, 0xfe, 0x10, 0x02, 0x00, 0x1a]; // i32.const 0, i32.atomic.load, drop

/** In the order in which the tensor device prefers them. */
export function wasmTiers(): Tier[] {
  return [
    { name: "SIMD", isThere: accepts([...returnsVector, ...oneFunction, ...code(simd)]) },
    { name: "relaxed SIMD", isThere: accepts([...returnsVector, ...oneFunction, ...code(relaxedSimd)]) },
    {
      name: "threads",
      isThere: accepts([...returnsNothing, ...oneFunction, ...sharedMemory, ...code(atomicLoad)]),
    },
  ];
}

/** A code section with one function without locals; all lengths here are below 128, so one byte each. */
const code = (body: readonly number[]): number[] => [
  0x0a,
  body.length + 4,
  0x01,
  body.length + 2,
  0x00,
  ...body,
  0x0b,
];

const accepts = (sections: readonly number[]): boolean =>
  engine.validate(Uint8Array.from([...header, ...sections]));
