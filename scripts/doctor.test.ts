/** Judge: the command itself, in a process of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { Finding } from "./examine.ts";
import { wasmTiers } from "./wasm-tiers.ts";

const command = fileURLToPath(new URL("below.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "below doctor "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function below(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, ...args], {
    encoding: "utf8",
    cwd: folder,
    env: { ...process.env, INIT_CWD: undefined },
  });
}

test("doctor says what is there and gives a remedy for each thing that is not", () => {
  const { status, stdout } = below("doctor", "--json");
  const findings: Finding[] = JSON.parse(stdout);
  expect(status).toBe(0);
  expect(findings.map(({ what }) => what)).toEqual([
    "Node",
    "npm",
    "ZeroMQ",
    "WebAssembly",
    "GPU",
    "Python",
    ".venv",
    "JupyterLab",
    "kernel for Jupyter",
    "browser",
    "disk",
    "cache",
  ]);
  for (const { state, remedy } of findings) expect(remedy === undefined).toBe(state === "ok");
});

test("the pinned Node has every tier of WebAssembly", () => {
  expect(wasmTiers().map(({ name, isThere }) => [name, isThere])).toEqual([
    ["SIMD", true],
    ["relaxed SIMD", true],
    ["threads", true],
  ]);
});

test("kernel install and uninstall keep to the folder that they are given, relative to the user", () => {
  const specification = join(folder, "env", "share", "jupyter", "kernels", "below", "kernel.json");
  expect(below("kernel", "install", "--prefix", "env").status).toBe(0);
  const { argv }: { argv: string[] } = JSON.parse(readFileSync(specification, "utf8"));
  expect(existsSync(argv[0] ?? "")).toBe(true);
  expect(below("kernel", "uninstall", "--prefix", "env").status).toBe(0);
  expect(existsSync(specification)).toBe(false);
});

test("kernel uninstall leaves another program's kernel of the same name", () => {
  const kernel = join(folder, "theirs", "share", "jupyter", "kernels", "below");
  mkdirSync(kernel, { recursive: true });
  writeFileSync(join(kernel, "kernel.json"), '{"argv":["their-kernel"]}');
  expect(below("kernel", "uninstall", "--prefix", "theirs")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("got another one"),
  });
  expect(existsSync(join(kernel, "kernel.json"))).toBe(true);
});

test.each([
  ["doctor", "--jsn"],
  ["kernel", "instal"],
  ["check", "--jsno"],
])("below %s %s is refused with what it wants", (...args) => {
  expect(below(...args)).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^below \w+: want .*, got \S+; try below \w+ --help\n$/),
  });
});
