/**
 * The one evaluator, for the kernel and for the page: cell text → value.
 * `createEvaluator({ global: globalThis, importModule, meta }).run("1 + 1", "cell-1.ts")` → { hasValue: true, value: 2 }.
 */
export { acornParse } from "./acorn.ts";
export type { Completeness } from "./complete.ts";
export type { CellError } from "./describe.ts";
export { CellSyntaxError, type CellPosition } from "./errors.ts";
export { createEvaluator, type CellResult, type Evaluator, type EvaluatorOptions } from "./evaluator.ts";
export type { ImportModule } from "./imports.ts";
export { ParseFault, type Parse, type Program } from "./syntax.ts";
