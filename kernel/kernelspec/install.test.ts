/** The installed kernelspec, as Jupyter reads it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { installKernelspec, kernelArgv } from "./install.ts";

const folder = mkdtempSync(path.join(tmpdir(), "below-kernelspec-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("kernel.json holds what the protocol wants, and a command line whose files are there", () => {
  const spec = JSON.parse(readFileSync(path.join(installKernelspec(folder), "kernel.json"), "utf8")) as {
    argv: string[];
  };
  expect(spec).toMatchObject({
    language: "typescript",
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    metadata: { debugger: false },
  });
  expect(spec.argv).toEqual(kernelArgv());
  expect(spec.argv.at(-1)).toBe("{connection_file}");
  expect(existsSync(spec.argv.at(-3)!)).toBe(true);
  expect(existsSync(new URL(spec.argv[spec.argv.indexOf("--import") + 1]))).toBe(true);
});

test("a second installation replaces the first, and leaves no draft behind", () => {
  const installed = installKernelspec(folder);
  writeFileSync(path.join(installed, "stale.txt"), "");
  installKernelspec(folder);
  expect(readdirSync(path.join(folder, "kernels"))).toEqual(["below"]);
  expect(readdirSync(installed).toSorted()).toEqual([
    "kernel.json",
    "logo-32x32.png",
    "logo-64x64.png",
    "logo-svg.svg",
  ]);
});
