/**
 * What a subshell's cell gives while main computes and cannot run it: one expression, evaluated between two steps of the
 * running cell, with V8 refusing whatever would change anything. `loss.length`, `config`, `[...names.keys()]` work;
 * `await`, declarations, imports, console.log and a value's own display do not: they wait for a main that awaits.
 * Source in, outcome out. The expression is JavaScript: V8 reads it here, not the evaluator.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Runtime } from "node:inspector";
import type { Failure, Outcome } from "../host/port.ts";
import type { MainThread } from "./thread.ts";

const limitMs = 1000;
const group = "below-glance";

export async function glance(main: MainThread, source: string): Promise<Outcome> {
  // timeout and throwOnSideEffect are V8's, and missing from Node's types.
  const parameters: Runtime.EvaluateParameterType & { throwOnSideEffect: boolean; timeout: number } = {
    expression: source,
    throwOnSideEffect: true,
    timeout: limitMs,
    objectGroup: group,
    silent: true,
    generatePreview: true,
  };
  const answer = await Promise.race([
    main.peek<Runtime.EvaluateReturnType>("Runtime.evaluate", parameters),
    sleep(2 * limitMs, undefined, { ref: false }),
  ]);
  if (!answer) return refused("the running cell is inside native code, or waits");
  void main.peek("Runtime.releaseObjectGroup", { objectGroup: group });
  if (answer.exceptionDetails) return refused(reasonOf(answer.exceptionDetails));
  const { result } = answer;
  if (result.type === "undefined") return { kind: "ok", expressions: {} };
  return { kind: "ok", expressions: {}, result: { "text/plain": textOf(result) } };
}

function reasonOf({ exception, text }: Runtime.ExceptionDetails): string {
  const message = exception?.description?.split("\n", 1)[0] ?? text;
  return message.includes("side-effect") ? "it would change something" : message;
}

function refused(reason: string): Outcome {
  const evalue = `while another cell computes: want an expression that only reads, such as \`losses.at(-1)\`, got one that cannot run: ${reason}; try when the cell awaits or ends`;
  const failure: Failure = { ename: "SubshellBusy", evalue, traceback: [`SubshellBusy: ${evalue}`] };
  return { kind: "error", failure };
}

function textOf({
  type,
  subtype,
  value,
  description,
  unserializableValue,
  preview,
}: Runtime.RemoteObject): string {
  if (type === "string") return `'${String(value).replaceAll("'", String.raw`\'`)}'`;
  if (subtype === "null") return "null";
  if (preview) return textOfPreview(preview);
  return unserializableValue ?? description ?? String(value);
}

function textOfPreview({
  subtype,
  description = "",
  properties,
  entries,
  overflow,
}: Runtime.ObjectPreview): string {
  const shown = entries
    ? entries.map(({ key, value }) => (key ? `${shortOf(key)} => ${shortOf(value)}` : shortOf(value)))
    : properties.map(({ name, value = "…", type }) => {
        const text = type === "string" ? `'${value}'` : value;
        return subtype === "array" || subtype === "typedarray" ? text : `${name}: ${text}`;
      });
  const [open, close] = subtype === "array" || subtype === "typedarray" ? ["[", "]"] : ["{", "}"];
  const head = description === "Object" || subtype === "array" ? "" : `${description} `;
  return `${head}${open} ${[...shown, ...(overflow ? ["…"] : [])].join(", ")} ${close}`;
}

function shortOf(preview: Runtime.ObjectPreview): string {
  return preview.type === "string" ? `'${preview.description}'` : (preview.description ?? preview.type);
}
