import { expect, test } from "vitest";
import { LinearMemory } from "./memory.ts";

/** Numbers below n, the same in every run. */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

test("blocks are aligned, never overlap, and stay clear of the memory's end", () => {
  const memory = new LinearMemory(false, 4096);
  const below = generator(1);
  const live: { address: number; bytes: number }[] = [];
  for (let turn = 0; turn < 3000; turn++) {
    if (live.length > 0 && below(2) === 0) {
      const [gone] = live.splice(below(live.length), 1);
      memory.free(gone.address);
      continue;
    }
    const bytes = below(20) === 0 ? below(3_000_000) : below(5000);
    const address = memory.allocate(bytes);
    expect(address % 64).toBe(0);
    expect(address).toBeGreaterThanOrEqual(4096);
    expect(address + bytes + 64).toBeLessThanOrEqual(memory.memory.buffer.byteLength);
    for (const other of live)
      expect(address >= other.address + other.bytes || address + bytes <= other.address, `turn ${turn}`).toBe(
        true,
      );
    live.push({ address, bytes });
  }
  for (const { address } of live) memory.free(address);
  expect(memory.bytesInUse).toBe(0);
});

test("what is freed becomes one piece again, and the same requests get the same addresses", () => {
  const memory = new LinearMemory(false, 0);
  const round = (): number[] => {
    const blocks = [100, 70_000, 64, 300_000, 1].map((bytes) => memory.allocate(bytes));
    for (const i of [1, 3, 0, 4, 2]) memory.free(blocks[i]);
    return blocks;
  };
  const first = round();
  const size = memory.memory.buffer.byteLength;
  for (let i = 0; i < 100; i++) expect(round()).toEqual(first);
  expect(memory.memory.buffer.byteLength).toBe(size);
});

test("what lies in a block survives growth, and a shared memory grows too", () => {
  for (const shared of [false, true]) {
    const memory = new LinearMemory(shared, 64);
    const address = memory.allocate(8);
    new Int32Array(memory.memory.buffer, address, 2).set([7, 8]);
    memory.allocate(50_000_000);
    expect([...new Int32Array(memory.memory.buffer, address, 2)]).toEqual([7, 8]);
  }
});

test("out of memory says what was wanted, what is in use and what to try, and spoils nothing", () => {
  const memory = new LinearMemory(false, 64);
  const address = memory.allocate(2 ** 20);
  expect(() => memory.allocate(5 * 2 ** 30)).toThrow(
    /^wasm: want 5,120 MiB in one piece, got 1 MiB of at most 4,096 MiB in use; try scope\(\)/,
  );
  expect(memory.bytesInUse).toBe(2 ** 20);
  memory.free(address);
  expect(memory.allocate(2 ** 20)).toBe(address);
});

test("freeing twice is a bug that is told", () => {
  const memory = new LinearMemory(false, 64);
  const address = memory.allocate(1);
  memory.free(address);
  expect(() => memory.free(address)).toThrow("bug:");
});
