/**
 * The cells that kernels are timed on, in TypeScript and, where it means the same, in Python.
 * A number → a cell's text and what must come back. Every number is used once, so no text repeats
 * and a kernel that caches by text (tslab does) gains nothing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export type Language = "typescript" | "python";

/** One cell to run, and the answer without which its time would mean nothing. */
export interface Cell {
  readonly code: string;
  /** text/plain of the result. */
  readonly result?: string;
  /** The error it must end with, as "ename: evalue". */
  readonly error?: string;
  /** How many lines must arrive on stdout, and the last of them. */
  readonly lines?: { readonly count: number; readonly last: string };
}

/** One kind of cell: a row in the table for each kernel that has it. */
export interface CellKind {
  readonly what: string;
  /** Cells a round. */
  readonly repeats: number;
  /** Only the last so many of a round are counted (all, if absent): the earlier ones build up state. */
  readonly counted?: number;
  /** n: fresh; files a cell imports are written to `directory`, where the kernel runs. */
  readonly typescript: (n: number, directory: string) => Cell;
  readonly python?: (n: number) => Cell;
  /** tslab, which checks types too, takes part. It prints results, so only cells with one value can be judged. */
  readonly onTslab?: boolean;
}

/** The first cell of a fresh kernel, and the kind that the goal against Deno is about. */
export const sum: CellKind = {
  what: "1+1-like cell",
  repeats: 20,
  onTslab: true,
  typescript: (n) => ({ code: `${n} + ${n + 7}`, result: `${n + n + 7}` }),
  python: (n) => ({ code: `${n} + ${n + 7}`, result: `${n + n + 7}` }),
};

/** Output that comes faster than anybody reads. */
export const lines: CellKind = {
  what: "100 000 lines on stdout",
  repeats: 1,
  typescript: (n) => ({
    code: `for (let line = 1; line <= 100_000; line++) console.log("line ${n} " + line);`,
    lines: { count: 100_000, last: `line ${n} 100000` },
  }),
  python: (n) => ({
    code: `for line in range(1, 100_001): print("line ${n}", line)`,
    lines: { count: 100_000, last: `line ${n} 100000` },
  }),
};

/** The kind that the goal against tslab is about. */
export const typed: CellKind = {
  what: "typed const cell",
  repeats: 20,
  onTslab: true,
  typescript: (n) => ({ code: `const typed${n}: number = ${n};\ntyped${n} + 1`, result: `${n + 1}` }),
  python: (n) => ({ code: `typed${n}: int = ${n}\ntyped${n} + 1`, result: `${n + 1}` }),
};

export const cellKinds: readonly CellKind[] = [
  sum,
  typed,
  {
    what: "redeclaring cell",
    repeats: 20,
    typescript: (n) => ({ code: `const again = ${n};\nagain * 2`, result: `${n * 2}` }),
    python: (n) => ({ code: `again = ${n}\nagain * 2`, result: `${n * 2}` }),
  },
  {
    what: "top-level await",
    repeats: 20,
    typescript: (n) => ({ code: `await Promise.resolve(${n})`, result: `${n}` }),
    python: (n) => ({ code: `import asyncio\nawait asyncio.sleep(0, ${n})`, result: `${n}` }),
  },
  {
    what: "first import of a local .ts file",
    repeats: 10,
    typescript: (n, directory) => {
      writeFileSync(join(directory, `local${n}.ts`), `export const value: number = ${n};\n`);
      return {
        code: `import { value as value${n} } from "./local${n}.ts";\nvalue${n} + 1`,
        result: `${n + 1}`,
      };
    },
  },
  {
    what: "import of a local .ts file that is loaded",
    repeats: 10,
    typescript: (n, directory) => {
      writeFileSync(join(directory, "loaded.ts"), `export const value: number = 5;\n`);
      return {
        code: `import { value as again${n} } from "./loaded.ts";\nagain${n} + ${n}`,
        result: `${n + 5}`,
      };
    },
  },
  {
    what: "runtime error",
    repeats: 10,
    typescript: (n) => ({
      code: `function broken${n}(): never {\n  throw new RangeError("no ${n}");\n}\nbroken${n}()`,
      error: `RangeError: no ${n}`,
    }),
    python: (n) => ({
      code: `def broken${n}():\n    raise KeyError("no ${n}")\nbroken${n}()`,
      error: `KeyError: 'no ${n}'`,
    }),
  },
  {
    what: "declaring cell (last 10 of 60)",
    repeats: 60,
    counted: 10,
    onTslab: true,
    typescript: (n) => ({
      code: [
        `interface Point${n} { x: number; y: number }`,
        `function norm${n}(p: Point${n}): number { return Math.hypot(p.x, p.y); }`,
        `class Line${n}<T extends Point${n}> { from: T; constructor(from: T) { this.from = from; } }`,
        `const line${n} = new Line${n}({ x: 3, y: 4 });`,
        `norm${n}(line${n}.from) + ${n}`,
      ].join("\n"),
      result: `${n + 5}`,
    }),
    python: (n) => ({
      code: [
        `import math, dataclasses`,
        `@dataclasses.dataclass\nclass Line${n}:\n    x: float\n    y: float`,
        `def norm${n}(p): return math.hypot(p.x, p.y)`,
        `line${n} = Line${n}(3, 4)`,
        `norm${n}(line${n}) + ${n}`,
      ].join("\n"),
      result: `${n + 5}.0`,
    }),
  },
  lines,
];

/** A cell that never ends, and the line it prints once it is about to loop. */
export function endless(language: Language, n: number): { readonly code: string; readonly line: string } {
  const line = `looping ${n}`;
  const code =
    language === "typescript"
      ? `const kept = ${n};\nconsole.log("${line}");\nwhile (true) {}`
      : `kept = ${n}\nprint("${line}", flush=True)\nwhile True: pass`;
  return { code, line };
}
