import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ModuleWriter } from "../../codegen/wasm/encode.ts";
import { atomic, i32 } from "../../codegen/wasm/instructions.ts";
import { writePhase } from "../../codegen/wasm/launch.ts";
import { Machine, startMachine } from "./machine.ts";

/** Adds 1 to word `item` of buffer 0, and the thread's scratch address to a set of its own: word 0 of the scratch counts its items. */
function counting(shared: boolean): Uint8Array {
  const module = new ModuleWriter({ shared });
  writePhase(module, "count", (f, item, params, scratch) => {
    f.drop(atomic.add(i32.add(i32.load(params), i32.mul(item, 4)), 1));
    f.do(i32.store(scratch, i32.add(i32.load(scratch), 1)));
  });
  writePhase(module, "fail", (f, item, params) => {
    f.drop(i32.divU(1, i32.load(params, 4)));
    f.drop(item);
  });
  return module.bytes();
}

function prepare(machine: Machine, items: number): { words: Int32Array; params: number } {
  const words = machine.allocate(items * 4);
  const params = machine.allocate(8);
  new Int32Array(machine.memory.buffer, params, 2).set([words, 0]);
  const view = new Int32Array(machine.memory.buffer, words, items).fill(0);
  return { words: view, params };
}

describe("programs on threads", () => {
  test("every item of every launch is done exactly once, before launch returns", () => {
    const machine = new Machine("simd", 3);
    machine.needScratch(64);
    const module = machine.load(counting(machine.shared), false);
    const { words, params } = prepare(machine, 1000);
    for (let launch = 1; launch <= 3000; launch++) {
      machine.launch(module, "count", 1000, 7, params);
      if (launch % 500 === 0) expect(new Set(words)).toEqual(new Set([launch]));
    }
  });

  test("one item, no items, and grains larger than the work stay on the calling thread", () => {
    const machine = new Machine("simd", 2);
    machine.needScratch(64);
    const module = machine.load(counting(machine.shared), false);
    const { words, params } = prepare(machine, 4);
    machine.launch(module, "count", 1, 1, params);
    machine.launch(module, "count", 0, 1, params);
    machine.launch(module, "count", 4, 100, params);
    expect([...words]).toEqual([2, 1, 1, 1]);
  });

  test("a machine of one thread needs no shared memory", () => {
    const machine = new Machine("simd", 1);
    expect(machine.memory.buffer).toBeInstanceOf(ArrayBuffer);
    expect(machine.shared).toBe(false);
  });

  test("a program that traps is an error, and the next one is right", () => {
    const machine = new Machine("simd", 3);
    machine.needScratch(64);
    const module = machine.load(counting(machine.shared), false);
    const { words, params } = prepare(machine, 500);
    for (let i = 1; i <= 20; i++) {
      expect(() => machine.launch(module, "fail", 500, 1, params)).toThrow(/divide by zero|thread's program/);
      machine.launch(module, "count", 500, 1, params);
      expect(new Set(words)).toEqual(new Set([i]));
    }
  });

  test("memory that grows and programs that come later reach threads that are up", () => {
    const machine = new Machine("simd", 2);
    machine.needScratch(64);
    for (let round = 0; round < 5; round++) {
      machine.allocate(30_000_000);
      const module = machine.load(counting(machine.shared), false);
      const { words, params } = prepare(machine, 2000);
      for (let i = 0; i < 50; i++) machine.launch(module, "count", 2000, 1, params);
      expect(new Set(words)).toEqual(new Set([50]));
      machine.unload(module);
    }
  });
});

test("bytes in use return to what they were when all is freed and unloaded", () => {
  const machine = new Machine("simd", 2);
  const before = machine.bytesInUse;
  const address = machine.allocate(1000);
  const module = machine.load(counting(machine.shared), false);
  expect(machine.bytesInUse).toBeGreaterThan(before + 1000);
  machine.free(address);
  machine.unload(module);
  expect(machine.bytesInUse).toBe(before);
  expect(() => machine.unload(module)).toThrow("bug:");
});

describe("the environment chooses", () => {
  test.each([
    ["BELOW_THREADS", "0", /^BELOW_THREADS: want a whole number from 1 to 64, got "0"/],
    ["BELOW_THREADS", "two", /^BELOW_THREADS: want a whole number from 1 to 64, got "two"/],
    ["BELOW_WASM_TIER", "best", /^BELOW_WASM_TIER: want one of revectorised, relaxed, simd, got "best"/],
  ])("%s=%s is refused in words", (name, value, message) => {
    withEnvironment(name, value, () => expect(() => startMachine()).toThrow(message));
  });

  test("threads and tier that can be had are taken", () => {
    withEnvironment("BELOW_THREADS", "3", () => expect(startMachine().threads).toBe(3));
    withEnvironment("BELOW_WASM_TIER", "simd", () => {
      const machine = startMachine();
      expect([machine.tier.name, machine.fused]).toEqual(["simd", false]);
    });
  });
});

function withEnvironment(name: string, value: string, body: () => void): void {
  const before = process.env[name];
  process.env[name] = value;
  try {
    body();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}

/** Runs a script beside this file in a process of its own. */
function script(name: string): { status: number | null; stdout: string; stderr: string } {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 60_000 });
}

test("a process with an idle pool exits by itself", () => {
  const { status, stdout, stderr } = script("fixtures/idle.ts");
  expect(stderr).toBe("");
  expect([status, stdout]).toEqual([0, "3 threads were at work\n"]);
});

test("an interrupt in the middle of a threaded product leaves the pool usable and the next product right", () => {
  const { status, stdout, stderr } = script("fixtures/interrupt.ts");
  expect(stderr).toBe("");
  expect([status, stdout]).toEqual([0, "40 interrupts, 40 right products after them\n"]);
});

test("what an interrupted program's threads had in hand does not arrive after the next program", () => {
  const { status, stdout, stderr } = script("fixtures/straggler.ts");
  expect(stderr).toBe("");
  expect([status, stdout]).toEqual([0, "0 of 12 were written to afterwards\n"]);
});
