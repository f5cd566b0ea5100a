/** Judges: real processes, and the order in which they write to one file. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockOwner, tryLock } from "./lock.mjs";
import { identify, isAlive } from "./process.mjs";

let folder = "";
let lock = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "below lock "));
  lock = join(folder, ".setup.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function leaveLock(owner: object, child?: object): void {
  mkdirSync(lock);
  writeFileSync(join(lock, "owner.json"), JSON.stringify(owner));
  if (child) writeFileSync(join(lock, "child.json"), JSON.stringify(child));
}

const self = { ...identify(process.pid), host: hostname() };

/** Takes the lock, writes "in", works 50 ms, writes "out". */
const worker = `
  import { appendFileSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  import { withLock } from ${JSON.stringify(new URL("lock.mjs", import.meta.url).href)};
  const [lock, log] = process.argv.slice(1);
  await withLock(lock, () => {}, async () => {
    appendFileSync(log, "in ");
    await sleep(50);
    appendFileSync(log, "out ");
  });`;

function startWorker(): Promise<number | null> {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", worker, lock, join(folder, "log")],
    { stdio: "inherit" },
  );
  return new Promise((resolve) => child.on("exit", resolve));
}

test("six processes at once own the lock one after another", async () => {
  const codes = await Promise.all(Array.from({ length: 6 }, startWorker));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("in out ".repeat(6));
  expect(existsSync(lock)).toBe(false);
});

test("six processes at once take over from a dead owner one after another", async () => {
  leaveLock({ ...self, startedAt: "another boot 1" });
  await Promise.all(Array.from({ length: 6 }, startWorker));
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("in out ".repeat(6));
});

test("a living owner keeps the lock", () => {
  leaveLock(self);
  expect(tryLock(lock)).toBe(false);
  expect(lockOwner(lock)?.pid).toBe(process.pid);
});

test("a pid that the system gave to another process does not keep the lock", () => {
  leaveLock({ ...self, startedAt: "another boot 1" });
  expect(lockOwner(lock)).toBeUndefined();
  expect(tryLock(lock)).toBe(true);
});

test("an installer that outlived its parent keeps the lock", () => {
  leaveLock({ pid: 2 ** 30, startedAt: null, host: hostname() }, identify(process.pid));
  expect(tryLock(lock)).toBe(false);
});

test("a lock without a readable owner is kept while it is young", () => {
  mkdirSync(lock);
  writeFileSync(join(lock, "owner.json"), '{"pid":');
  expect(tryLock(lock)).toBe(false);
});

test("a process that ended is not alive", async () => {
  const child = spawn(process.execPath, ["--eval", "setTimeout(() => {}, 60_000)"]);
  const identity = identify(child.pid!);
  expect(isAlive(identity)).toBe(true);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  expect(isAlive(identity)).toBe(false);
});
