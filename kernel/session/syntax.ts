/**
 * is_complete_request: may this be run, or does more belong to it? Parsed here in the worker, so that it works while a cell runs.
 * The parser loads at the first question: few clients ask (a console does, JupyterLab does not).
 */
import type { Fields } from "../wire/message.ts";

export async function isComplete(code: string): Promise<Fields> {
  const { createEvaluator } = await import("../evaluate/index.ts");
  const evaluator = createEvaluator({ global: {}, importModule: refuse, meta: { url: "" } });
  return { ...evaluator.isComplete(code) };
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("bug: isComplete: want code to be parsed only, got an import to run"));
}
