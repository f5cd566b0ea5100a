/**
 * In processes of their own: cells that shadow what the test runner needs too, and a count of what stays in memory.
 */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const here = new URL(".", import.meta.url);

/** Runs a script beside an evaluator (`evaluator`, `run(source)`), and returns the JSON that it `print`s. */
function inProcess(script: string, ...flags: string[]): unknown {
  const setup = `
    import { createEvaluator } from ${JSON.stringify(new URL("index.ts", here).href)};
    const { stringify } = JSON, { from } = Array, write = process.stdout.write.bind(process.stdout);
    const print = (value) => void write(stringify(value));
    const importModule = (specifier) => import(specifier);
    const evaluator = createEvaluator({ global: globalThis, importModule, meta: { url: "" } });
    let count = 0;
    const run = (source) => evaluator.run(source, "cell-" + ++count + ".ts");
    const value = async (source) => (await run(source)).value;
    const failure = (source) => run(source).then(() => "worked", (error) => evaluator.describe(error).traceback);
    ${script}`;
  const loader = new URL("../loader/register.mjs", here).href;
  const output = execFileSync(process.execPath, [
    ...flags,
    "--import",
    loader,
    "--input-type=module",
    "-e",
    setup,
  ]);
  return JSON.parse(output.toString());
}

test("cells may shadow every built-in that they can name, and everything here goes on working", () => {
  const script = `
    const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Za-z]+$/.test(name) && Object.getOwnPropertyDescriptor(globalThis, name).configurable && !/^(eval|globalThis|process|Buffer)$/.test(name));
    const warnings = (await run("const " + names.map((name) => name + " = 1").join(", "))).warnings;
    const told = [
      await value("Object + Array + Promise + Map + Error"),
      await value("enum E { A = 5 } class C { constructor(public x: number) {} } new C(E.A).x"),
      await failure("let = = 3"),
      await failure("later; let later = 1"),
      await failure("function f() { return missing } f()"),
      await failure("import { nothing } from 'node:path'"),
      await value("import { sep } from 'node:path'; sep.length + (await import('node:path')).sep.length"),
      await value("const Map = 2; Map"),
      evaluator.isComplete("{ a").status,
    ];
    print({ all: warnings.length === names.length, enough: names.length > 60, warning: warnings[0].replace(/\`.*?\`/, "NAME"), told });`;
  expect(inProcess(script)).toMatchObject({
    all: true,
    enough: true,
    warning:
      "NAME now hides the built-in of that name, also from libraries; restart the kernel to have it back",
    told: [
      5,
      5,
      [
        "SyntaxError: The keyword 'let' is reserved",
        "    at cell-4.ts:1:1",
        "     1 | let = = 3",
        "       | ^",
      ],
      [
        "ReferenceError: Cannot access 'later' before initialization",
        "    at cell-5.ts:1:1",
        "     1 | later; let later = 1",
        "       | ^",
      ],
      [
        "ReferenceError: missing is not defined",
        "    at f (cell-6.ts:1:23)",
        expect.anything(),
        expect.anything(),
        "    at cell-6.ts:1:33",
      ],
      [
        expect.stringMatching(/^SyntaxError: import from "node:path": want the export `nothing`, got /),
        "    at cell-7.ts:1:1",
        expect.anything(),
        "       | ^",
      ],
      2,
      2,
      "incomplete",
    ],
  });
});

test("a built-in is warned of once, and a name that was nobody's never", () => {
  const script = `
    const warned = [];
    for (const source of ["const console = 1", "let console = 2", "const mine = 3", "function fetch() {}", "1"]) warned.push((await run(source)).warnings.length);
    print(warned);`;
  expect(inProcess(script)).toEqual([1, 0, 0, 1, 0]);
});

test("of cells beyond the remembered 2000 nothing stays in memory", () => {
  // V8's own compilation cache keeps about 1 kB of every script for a while; it is not ours to measure.
  const script = `
    const used = () => { gc(); gc(); return process.memoryUsage().heapUsed; };
    let before = 0;
    for (let i = 1; i <= 5000; i++) {
      await run("const v = " + i + "; v");
      if (i === 2500) before = used();
    }
    print((used() - before) / 2500);`;
  const bytesPerCell = inProcess(script, "--expose-gc", "--no-compilation-cache") as number;
  expect(bytesPerCell).toBeLessThan(100);
});

test("a frame of a cell that was forgotten keeps its line", () => {
  const script = `
    await run("\\nfunction first(x: number): never { throw new Error('old') }\\nconst kept = first");
    for (let i = 0; i < 2100; i++) await run("1");
    print(await failure("kept(1)"));`;
  expect(inProcess(script)).toEqual(["Error: old", "    at first (cell-1.ts:2)", "    at cell-2102.ts:1:1"]);
});
