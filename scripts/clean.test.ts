import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identify } from "./setup/process.mjs";

const scripts = dirname(fileURLToPath(import.meta.url));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "below clean "));
  cpSync(scripts, join(folder, "scripts"), { recursive: true });
  cpSync(join(scripts, "../kernel/nearest.mjs"), join(folder, "kernel/nearest.mjs"));
  for (const name of ["build", "node_modules/a", ".venv/bin", "chapters", "notebooks"]) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "file"), "x".repeat(100_000));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** In a folder where nothing is installed, as a user would. */
function below(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(folder, "scripts", "below.mjs"), ...args], { encoding: "utf8" });
}

const left = (): string[] => readdirSync(folder).toSorted();

test("clean removes build/ alone and says how much", () => {
  expect(below("clean")).toMatchObject({ status: 0, stdout: "removed build: 0.1 MB\n" });
  expect(left()).toEqual([".venv", "chapters", "kernel", "node_modules", "notebooks", "scripts"]);
});

test("clean --all leaves what is source", () => {
  expect(below("clean", "--all").status).toBe(0);
  expect(left()).toEqual(["chapters", "kernel", "notebooks", "scripts"]);
});

test("clean refuses while another command runs, and says which", () => {
  mkdirSync(join(folder, "build", ".running"));
  const running = { ...identify(process.pid), command: "lab.ts" };
  writeFileSync(join(folder, "build", ".running", "1.json"), JSON.stringify(running));
  const { status, stderr } = below("clean");
  expect(status).toBe(1);
  expect(stderr).toBe(
    `below clean: want nothing running, got lab.ts (pid ${process.pid}); try again when it has ended\n`,
  );
  expect(existsSync(join(folder, "build", "file"))).toBe(true);
});

test("clean refuses while a set-up runs", () => {
  mkdirSync(join(folder, ".setup.lock-python"));
  const owner = { ...identify(process.pid), host: hostname() };
  writeFileSync(join(folder, ".setup.lock-python", "owner.json"), JSON.stringify(owner));
  expect(below("clean", "--all")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`got pid ${process.pid}`),
  });
  expect(existsSync(join(folder, "node_modules", "a", "file"))).toBe(true);
  expect(existsSync(join(folder, ".setup.lock"))).toBe(false);
});

test("clean wants no other word", () => {
  expect(below("clean", "everything")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("want --all or nothing, got everything"),
  });
});

test("help needs nothing installed and names every command once", () => {
  const { status, stdout } = below("help");
  expect(status).toBe(0);
  const names = stdout
    .split("\n")
    .slice(1, -1)
    .map((line) => line.trim().split(" ")[0]);
  expect(names).toEqual([
    "help",
    "start",
    "run",
    "check",
    "build",
    "site",
    "dev",
    "new",
    "test",
    "lab",
    "bench",
    "mock",
    "doctor",
    "clean",
    "kernel",
    "version",
  ]);
});

test.each([
  ["chek", "check"],
  ["dcotor", "doctor"],
  ["frobnicate", "help"],
])("below %s hints at below %s", (typed, hint) => {
  expect(below(typed)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`got ${typed}; try below ${hint}\n`),
  });
});

test("a command's own help does not run it", () => {
  expect(below("clean", "--all", "--help")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("usage: npx --no-install below clean [--all]"),
  });
  expect(left()).toContain("node_modules");
});
