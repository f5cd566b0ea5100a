/** Every primitive says what its vjp is, where chapter 06 looks for it: in graph.ts. Judge: the text of that file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { mapFunctions } from "./graph.ts";

const text = readFileSync(new URL("graph.ts", import.meta.url), "utf8");

/** The comment above each node type, by its op. */
const comments = new Map(
  [
    ...text.matchAll(
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:interface|type) \w+ (?:extends|=) NodeOf<"(\w+)">/g,
    ),
  ].map(([, comment, op]) => [op, comment]),
);

test("each primitive states its vjp, or that it is a leaf", () => {
  const ops = [...text.matchAll(/NodeOf<"(\w+)">/g)].map(([, op]) => op);
  assert.ok(ops.length > 20);
  for (const op of ops) assert.match(comments.get(op) ?? "", /vjp|A leaf/, op);
  for (const [fn, vjp] of Object.entries(mapFunctions)) assert.match(vjp, /ḡ|none|^0/, fn);
});
