import { expect, test } from "vitest";
import { defaultScript } from "./default-script.ts";
import { readScript } from "./read-script.ts";

const read = (script: object): unknown => readScript(JSON.stringify(script), "shop.json");

test("the default script survives a file, and a file may leave out all but its rules", () => {
  expect(read(defaultScript)).toEqual(defaultScript);
  expect(read({ rules: [{ say: "yes" }] })).toEqual({ ...defaultScript, rules: [{ say: "yes" }] });
});

test.each<[string, object, string]>([
  ["no rules", {}, "shop.json.rules: want a list of rules, got nothing"],
  [
    "a field that is none",
    { rules: [{ say: "x", wehn: "y" }] },
    'rules[0]: want when, heard, say, hiddenTokens, fault, pace, got "wehn"; try when',
  ],
  [
    "a pattern that is none",
    { rules: [{ say: "x", when: "(" }] },
    'rules[0].when: want a regular expression, got "("',
  ],
  [
    "a fault that is none",
    { rules: [{ say: "x", fault: { kind: "toString" } }] },
    'rules[0].fault.kind: want status, cut, drop, got "toString"',
  ],
  [
    "a status that is no error",
    { rules: [{ say: "x", fault: { kind: "status", status: 200 } }] },
    "rules[0].fault.status: want an HTTP status of 400 to 599, got 200",
  ],
  [
    "a pace that stands still",
    { rules: [], pace: { firstTokenMs: 1, tokensPerSecond: 0 } },
    "pace.tokensPerSecond: want a rate above 0, got 0",
  ],
])("%s is one error with its place", (_, script, message) => {
  expect(() => read(script)).toThrow(message);
});

test("a file that is no JSON is said", () => {
  expect(() => readScript("{", "shop.json")).toThrow("below mock: shop.json: want JSON, got ");
});
