/**
 * The shape errors of types/bad.ts as TypeScript reports them: the words and the place. Judge: the compiler itself.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { compilerPath } from "./compiler.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const tensorIndex = fileURLToPath(new URL("../index.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "below-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Expected {
  /** 1-based, of the erroneous line. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Compiles the text, `below/tensor` being ours, and gives each error by its line. */
function diagnose(text: string): Map<number, { column: number; message: string }> {
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "esnext",
    module: "nodenext",
    noEmit: true,
  };
  const compilerOptions = {
    ...options,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: [],
    lib: ["esnext"],
    paths: { "below/tensor": [tensorIndex] },
  };
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["fixture.ts"] }));
  writeFileSync(join(folder, "fixture.ts"), text);
  const found = new Map<number, { column: number; message: string }>();
  for (const [, line, column, message] of output().matchAll(
    /^fixture\.ts\((\d+),(\d+)\): error TS\d+: (.*(?:\n .*)*)/gm,
  ))
    found.set(Number(line), { column: Number(column), message });
  return found;
}

// tsc ends with 2 when there are errors, which is what is wanted here.
function output(): string {
  try {
    return execFileSync(compilerPath(), ["-p", ".", "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function expectations(text: string): readonly Expected[] {
  const lines = text.split("\n");
  return lines.flatMap((comment, i) => {
    const message = /^ *\/\/ @ts-expect-error (.*)$/.exec(comment)?.[1];
    return message === undefined ? [] : [{ line: i + 2, column: lines[i + 2].indexOf("^") + 1, message }];
  });
}

test("a mismatch of shapes is an error at its argument that says what differs", () => {
  const text = readFileSync(join(here, "bad.ts"), "utf8");
  const found = diagnose(text.replaceAll("@ts-expect-error", "error:"));
  const expected = expectations(text);
  expect(expected.length).toBeGreaterThan(20);
  for (const { line, column, message } of expected) {
    const got = found.get(line);
    assert.ok(got !== undefined, `bad.ts:${line}: want "${message}", got no error`);
    assert.ok(got.message.includes(message), `bad.ts:${line}: want "${message}", got "${got.message}"`);
    assert.equal(got.column, column, `bad.ts:${line}: the squiggle starts at the caret`);
  }
  assert.deepEqual(
    [...found.keys()],
    expected.map((e) => e.line),
    "no other errors",
  );
});

test("the shapes written in good.ts are the ones the types find", () => {
  assert.deepEqual([...diagnose(readFileSync(join(here, "good.ts"), "utf8"))], []);
});

test("what the good fixture says is not vacuous: another shape is refused", () => {
  const text = readFileSync(join(here, "good.ts"), "utf8");
  const changed = text
    .replace('qkv: Tensor<["B", "T", 384]>', 'qkv: Tensor<["B", "T", 385]>')
    .replace("stacked: Tensor<[2, 2, 3]>", "stacked: Tensor<[3, 2, 3]>");
  assert.equal(diagnose(changed).size, 2);
});
