/**
 * What the tests here run cells with: an evaluator on this process's own global object, cleaned up after each test.
 */
import { afterEach } from "vitest";
import {
  acornParse,
  createEvaluator,
  type CellError,
  type CellResult,
  type EvaluatorOptions,
} from "./index.ts";
import { oxcParse } from "./node-parser.ts";

/** Modules that cells of a test may import, by specifier. */
export const MODULES: Readonly<Record<string, object>> = {
  "./fix.mjs": { default: "d", one: 1, two: 2 },
  "./named.mjs": { one: 1, Two: 2 },
  "./data.json": { default: { rows: 3 } },
};

export interface Cells {
  readonly evaluator: ReturnType<typeof createEvaluator>;
  /** Runs a cell as the next of its notebook: cell-1.ts, cell-2.ts, … */
  readonly result: (source: string) => Promise<CellResult>;
  /** The value a cell shows; undefined if it shows none. */
  readonly show: (source: string) => Promise<unknown>;
  /** What the reader sees of a cell that must fail. */
  readonly fail: (source: string) => Promise<CellError>;
}

export function startCells(options: Partial<EvaluatorOptions> = {}): Cells {
  const importModule = (specifier: string): Promise<unknown> =>
    specifier in MODULES ? Promise.resolve(MODULES[specifier]) : import(specifier);
  const meta = { url: "file:///notebook.ipynb" };
  const parsers = [acornParse, oxcParse];
  const evaluator = createEvaluator({ global: globalThis, importModule, meta, parsers, ...options });
  let count = 0;
  const result = (source: string): Promise<CellResult> => evaluator.run(source, `cell-${++count}.ts`);
  return {
    evaluator,
    result,
    show: async (source) => (await result(source)).value,
    fail: async (source) => {
      const [outcome] = await Promise.allSettled([result(source)]);
      if (outcome.status === "rejected") return evaluator.describe(outcome.reason);
      throw new Error(`want a cell that fails, got one that works: ${source}`);
    },
  };
}

const before = Object.getOwnPropertyDescriptors(globalThis) as PropertyDescriptorMap;

afterEach(() => {
  for (const name of Object.getOwnPropertyNames(globalThis))
    if (!(name in before)) Reflect.deleteProperty(globalThis, name);
  for (const [name, descriptor] of Object.entries(before))
    if (descriptor.configurable) Object.defineProperty(globalThis, name, descriptor);
});
