/** A script from a JSON file's text: checked field by field, so that a slip is said before the first request meets it. */
import { nearest } from "../../kernel/nearest.mjs";
import type { Rule, Script } from "./script.ts";
import { defaultScript } from "./default-script.ts";

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isAmount: Check = (value) => typeof value === "number" && value >= 0;
const isPositive: Check = (value) => typeof value === "number" && value > 0;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPattern: Check = (value) => {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value, "iu") instanceof RegExp;
  } catch {
    return false;
  }
};

/** Field → what it should be, in words and as a test. */
type Shape = Readonly<Record<string, readonly [want: string, isRight: Check, optional?: "optional"]>>;

const MODEL: Shape = {
  id: ["a name", isText],
  inputPrice: ["US dollars per million tokens", isAmount],
  outputPrice: ["US dollars per million tokens", isAmount],
};
const PACE: Shape = {
  firstTokenMs: ["milliseconds", isAmount],
  tokensPerSecond: ["a rate above 0", isPositive],
};
const RULE: Shape = {
  when: ["a regular expression", isPattern, "optional"],
  heard: ["a regular expression", isPattern, "optional"],
  say: [
    "a text or a list of texts",
    (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  ],
  hiddenTokens: ["a number of tokens", isAmount, "optional"],
  fault: ["a fault", isFields, "optional"],
  pace: ["a pace", isFields, "optional"],
};
const FAULTS: Readonly<Record<string, Shape>> = {
  status: {
    kind: ["a kind", isText],
    status: [
      "an HTTP status of 400 to 599",
      (value) => typeof value === "number" && value >= 400 && value < 600,
    ],
    times: ["a number of requests", isAmount, "optional"],
    retryAfterSeconds: ["seconds", isAmount, "optional"],
  },
  cut: { kind: ["a kind", isText], afterTokens: ["a number of tokens", isAmount] },
  drop: { kind: ["a kind", isText], afterTokens: ["a number of tokens", isAmount] },
};
const SCRIPT: Shape = {
  models: ["a list of models", Array.isArray, "optional"],
  rules: ["a list of rules", Array.isArray],
  pace: ["a pace", isFields, "optional"],
  requestsPerMinute: ["a number above 0", isPositive, "optional"],
};

/** What the file leaves out (models, pace, limit) is the default script's. Throws TypeError with the place of the first mistake. */
export function readScript(json: string, file: string): Script {
  const value = parse(json, file);
  check(value, SCRIPT, file);
  const script = { ...defaultScript, ...(value as Partial<Script>) };
  script.models.forEach((model, i) => check(model, MODEL, `${file}: models[${i}]`));
  script.rules.forEach((rule, i) => checkRule(rule, `${file}: rules[${i}]`));
  check(script.pace, PACE, `${file}: pace`);
  return script;
}

function checkRule(rule: Rule, where: string): void {
  check(rule, RULE, where);
  if (rule.pace !== undefined) check(rule.pace, PACE, `${where}.pace`);
  if (rule.fault === undefined) return;
  const shape = Object.hasOwn(FAULTS, rule.fault.kind) ? FAULTS[rule.fault.kind] : undefined;
  if (shape === undefined)
    throw mistake(`${where}.fault.kind`, Object.keys(FAULTS).join(", "), rule.fault.kind);
  check(rule.fault, shape, `${where}.fault`);
}

function check(value: unknown, shape: Shape, where: string): void {
  if (!isFields(value)) throw mistake(where, `an object with ${Object.keys(shape).join(", ")}`, value);
  for (const [name, [want, isRight, optional]] of Object.entries(shape)) {
    const isAbsent = value[name] === undefined;
    if (isAbsent ? optional === undefined : !isRight(value[name]))
      throw mistake(`${where}.${name}`, want, value[name]);
  }
  const stray = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
  if (stray === undefined) return;
  const near = nearest(stray, Object.keys(shape));
  throw mistake(where, Object.keys(shape).join(", "), stray, near);
}

function parse(json: string, file: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new TypeError(`below mock: ${file}: want JSON, got ${(error as Error).message}`, { cause: error });
  }
}

function mistake(where: string, want: string, got: unknown, hint?: string): TypeError {
  const shown = got === undefined ? "nothing" : JSON.stringify(got);
  return new TypeError(
    `below mock: ${where}: want ${want}, got ${shown}${hint === undefined ? "" : `; try ${hint}`}`,
  );
}
