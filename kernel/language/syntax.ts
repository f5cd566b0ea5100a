/**
 * is_complete_request: may this be run, or does more belong to it? Both parsers are asked, as when a cell runs.
 * Asked in the worker, so that it works while a cell runs.
 */
import { acornParse, createEvaluator, type Completeness } from "../evaluate/index.ts";
import { oxcParse } from "../evaluate/node-parser.ts";

const evaluator = createEvaluator({
  global: {},
  importModule: () =>
    Promise.reject(new Error("bug: isComplete: want code to be parsed only, got an import to run")),
  meta: { url: "" },
  parsers: [acornParse, oxcParse],
});

export function isComplete(code: string): Completeness {
  return evaluator.isComplete(code);
}
