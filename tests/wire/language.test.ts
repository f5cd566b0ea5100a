/** Types, completion, inspection and directives, as jupyter_client sees them. The facts are language.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("language.py");

interface TypeFailure {
  readonly status: string;
  readonly ename: string;
  readonly evalue: string;
  readonly lines: readonly string[];
  readonly same: boolean;
  readonly count: number;
}

test("a type error stops the cell before its first line, with place, code, and a squiggle under what is wrong", (context) => {
  const { error, ran } = facts(context, "type error") as { error: TypeFailure; ran: string };
  expect(error).toMatchObject({
    status: "error",
    ename: "TypeScriptError",
    evalue: "Type 'number' is not assignable to type 'string'. (TS2322)",
    same: true,
    lines: [
      "TypeScriptError: Type 'number' is not assignable to type 'string'. (TS2322)",
      `cell-${error.count}.ts:3:3 - error TS2322: Type 'number' is not assignable to type 'string'.`,
      "     3 |   y: string = x;",
      "       |   ^",
    ],
  });
  expect(ran).toBe("'undefined'");
});

test("the caret stands under its character behind an emoji and a tab, in an object, and for each of several errors", (context) => {
  const seen = facts(context, "places") as Record<string, TypeFailure>;
  const last = (name: string): readonly string[] => seen[name].lines.slice(-2);
  expect(last("astral")).toEqual(["     1 | const s = '😀'; s.nope", `       | ${" ".repeat(17)}^~~~`]);
  expect(last("tab")).toEqual(["     3 | \tt = 'text'", "       | \t^"]);
  expect(last("object")).toEqual(["     1 | { a: 1, b: (1).nope }", `       | ${" ".repeat(15)}^~~~`]);
  expect(seen["several"].evalue).toMatch(/^Property 'nope' .* \(TS2339\) \(and 1 more\)$/);
  expect(seen["several"].lines.join("\n")).toMatch(/:1:6 - error TS2339[^]*:3:6 - error TS2339/);
});

test("what is no mistake in a notebook is no error: redeclared and reassigned names, plain JavaScript, live globals", (context) => {
  expect(facts(context, "legal")["values"]).toEqual([
    "1", "4", "1", "2", "5", "1", "'a'", "1", "'s'", "4", "1", "4", "'undefined'", "4", "'function'", "'readFileSync'", "7", "1", "0",
    null, "1", "1", null, "43", "1", "3", "1", "'b'",
  ]); // prettier-ignore
});

test("imports are typed: files beside the notebook, packages, below/tensor, chapters", (context) => {
  expect(facts(context, "imports")).toMatchObject({
    right: "6",
    wrong:
      "TypeScriptError: Argument of type 'string' is not assignable to parameter of type 'number'. (TS2345)",
    package: "'function'",
    below: "2",
    chapter: "'function'",
  });
});

test("a shape error reads as the engine puts it, on the caret's line, without the types that carried it", (context) => {
  const { error, tensor } = facts(context, "shape") as Record<string, TypeFailure>;
  const words = "matmul: inner dims differ: [2,5,128] @ [384,128] (128 vs 384)";
  expect(error.evalue).toBe(`${words} (TS2345)`);
  expect(error.lines.slice(1)).toEqual([
    `cell-${error.count}.ts:3:10 - error TS2345: ${words}`,
    "     3 | h.matmul(w)",
    "       |          ^",
  ]);
  expect(tensor.lines.slice(1)).toEqual([
    `cell-${tensor.count}.ts:2:7 - error TS2322: Type 'Tensor<[2, 5], "f32">' is not assignable to type 'Tensor<[2, 4], "f32">'.`,
    "  axis 1: 5 is not 4",
    "     2 | const bad: Tensor<[2, 4]> = zeros([2, 5])",
    "       |       ^~~",
  ]);
});

test("a name whose cell was stopped is blamed on that cell, not on each use, until it is mended", (context) => {
  const { later, ...rest } = facts(context, "echo");
  expect(later).toMatch(
    /^TypeScriptError: Cannot find name 'broken': cell-\d+\.ts, which declares it, was stopped by a type error. \(TS2304\)$/,
  );
  expect(rest).toMatchObject({ mended: "5", after: "'5.0'" });
});

test("a redeclaration that threw leaves the old value usable by its old type", (context) => {
  expect(facts(context, "half way")).toMatchObject({ ename: "Error", old: "4" });
});

interface Completion {
  readonly matches: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly types: Readonly<Record<string, readonly [type: string, signature: string | null]>>;
}

test("completion knows types, earlier cells, calls, live keys and local names, with kinds and signatures", (context) => {
  const seen = facts(context, "completion") as unknown as Record<string, Completion>;
  const found = (name: string): unknown => [seen[name].matches, seen[name].start, seen[name].end];
  expect(found("members")).toEqual([["rings"], 5, 6]);
  expect(seen["members"].types).toEqual({ rings: ["property", "rings: number"] });
  expect(found("call")).toEqual([["toFixed"], 11, 15]);
  expect(seen["earlier"].types).toEqual({ twofold: ["function", "function twofold(n: number): number"] });
  expect(found("live")).toEqual([["live", "livelier"], 6, 8]);
  expect(found("trap")).toEqual([["trap"], 6, 8]);
  expect(seen["sprung"]).toBe("'undefined'");
  expect(found("astral")).toEqual([["avocado"], 12, 15]);
  expect(found("middle")).toEqual([["avocado"], 6, 8]);
  expect(found("quoted")).toEqual([[], 7, 8]);
  expect(found("shadowed")).toEqual([["at"], 25, 27]);
  expect(found("optional")).toEqual([["plum"], 7, 9]);
  expect(found("local")).toEqual([["first"], 28, 31]);
  expect(found("keyword")).toEqual([["await"], 0, 4]);
  expect(seen["type"].matches).toEqual(expect.arrayContaining(["Promise", "PromiseLike"]));
  expect(JSON.stringify(seen)).not.toMatch(/Add import/);
});

test("completion in strings knows files with their endings, below/…, built-in modules, exports and keys", (context) => {
  const seen = facts(context, "completion") as unknown as Record<string, Completion>;
  const found = (name: string): unknown => [seen[name].matches, seen[name].start, seen[name].end];
  expect(found("file")).toEqual([["local.ts"], 25, 27]);
  expect(found("folder")).toEqual([["tensor"], 14, 17]);
  expect(seen["node"]).toMatchObject({ matches: expect.arrayContaining(["node:fs"]), start: 30, end: 36 });
  expect(found("names")).toEqual([["readFileSync"], 9, 19]);
  expect(found("key")).toEqual([["apple", "avocado"], 7, 8]);
});

test("inspection shows type, comment and the value now; in a call's brackets the signature; with detail the source", (context) => {
  const seen = facts(context, "inspection") as Record<
    string,
    { "text/plain": string; "text/markdown": string } | null
  >;
  const text = (name: string): string | undefined => seen[name]?.["text/plain"];
  expect(text("function")).toBe("function twofold(n: number): number\nDoubles.\n@param `n` — what to double");
  expect(text("end")).toBe(text("function"));
  expect(seen["function"]?.["text/markdown"]).toMatch(
    /^```typescript\nfunction twofold\(n: number\): number\n```/,
  );
  expect(text("value")).toBe("(property) apple: number\n= 1");
  expect(text("inside")).toBe("twofold(n: number): number\nn: number: what to double\nDoubles.");
  expect(text("second")).toMatch(/^atan2\(y: number, x: number\): number\nx: number: /);
  expect(text("source")).toMatch(/\nfunction \(n\) \{ return n \* 2 \}$/);
  expect(text("astral")).toBe("(property) apple: number\n= 1");
  expect(text("imported")).toMatch(/^function path\.join\(\.\.\.paths: string\[\]\): string\nJoin all/);
  expect(seen).toMatchObject({ nothing: null, unknown: null });
});

test("a warned cell runs, and its wrong names cause no further errors; off checks nothing; a mode above code is that cell's", (context) => {
  const { warn, echo, off, still, session, wrong, shown } = facts(context, "mode") as Record<
    string,
    unknown[]
  >;
  expect(warn).toMatchObject([
    { status: "ok" },
    [
      {
        name: "stderr",
        text: expect.stringMatching(/^cell-\d+\.ts:2:7 - error TS2322: .*\n.*\n +\| +\^~~\n/),
      },
      { data: { "text/plain": "4" } },
    ],
  ]);
  expect(echo).toMatchObject([{ status: "ok" }, [{ data: { "text/plain": "'TEXT'" } }]]);
  expect(off).toMatchObject([{ status: "ok" }, [{ data: { "text/plain": "'text'" } }]]);
  expect(still).toBe("TypeScriptError");
  expect(session).toEqual(["ok", "'text'", "ok", "TypeScriptError"]);
  expect(wrong).toBe("%typecheck: want off, warn or stop, got of; try %typecheck warn");
  expect(shown).toEqual([
    ["stdout", expect.stringMatching(/^typecheck: stop; \d+ cells checked, 0 ran unchecked\n$/)],
  ]);
});

test("directives time, set and show the environment, help; unknown ones say what there is; a remainder is no directive", (context) => {
  const seen = facts(context, "directives") as Record<string, unknown>;
  const timed = (result: string): unknown => [
    { status: "ok" },
    [
      { name: "stdout", text: expect.stringMatching(/^time: \d.* \(processor .*\)\n$/) },
      { data: { "text/plain": result } },
    ],
  ];
  expect(seen).toMatchObject({ time: timed("2"), expression: timed("42"), comment: timed("5") });
  const unknown = seen["unknown"] as TypeFailure;
  const words = "%tmie: want one of %env, %help, %npm, %time, %typecheck, %who, got %tmie; try %time";
  expect(unknown.lines).toEqual([
    `DirectiveError: ${words}`,
    `    at cell-${unknown.count}.ts:2:1`,
    "     2 | %tmie",
    "       | ^",
  ]);
  expect(seen).toMatchObject({
    comment_only: "ok",
    remainder: "3",
    env: [
      { status: "ok" },
      [{ text: "BELOW_TEST_VALUE=some text\n" }, { data: { "text/plain": "'some text'" } }],
    ],
    shown: [["stdout", "BELOW_TEST_OTHER=x\n"]],
    unset: "%env: want a variable that is set, got BELOW_TEST_OTHR; try BELOW_TEST_OTHER",
    line: expect.stringMatching(/^cell-\d+\.ts:3:1 - error TS2304/),
  });
  expect(JSON.stringify(seen["help"])).toMatch(/%npm install PACKAGE/);
});

test("%who lists names with types, shapes, sizes and values", (context) => {
  const { data, kinds } = facts(context, "who") as { data: Record<string, string>; kinds: string[] };
  const line = (name: string): string =>
    data["text/plain"]
      .split("\n")
      .find((each) => each.startsWith(`${name} `))
      ?.replace(/ {2,}/g, " | ") ?? "";
  expect(kinds).toEqual(["display_data"]);
  expect(line("count")).toBe("count | number | 5");
  expect(line("pixels")).toMatch(
    /^pixels \| Float32Array<ArrayBuffer> \| \[784\] 3\.1 kB \| Float32Array\(784\) \{ 0, 0/,
  );
  expect(line("weights")).toMatch(/^weights \| Tensor<\[2, 3\], "f32"> \| \[2, 3\] 24 B \| Tensor/);
  expect(line("counts")).toMatch(/^counts \| Map<string, number> \| \[1\] \| Map\(1\) \{ a => 1 \}/);
  expect(line("twofold")).toMatch(/^twofold \| \(n: number\) => …$/);
  expect(data["text/html"]).toContain("<td>counts</td><td>Map&lt;string, number></td><td>[1]</td>");
});

test("a language server that was killed is replaced at the next cell, which says so; the new one knows the earlier cells", (context) => {
  expect(facts(context, "killed")).toMatchObject({
    cell: [
      { status: "ok" },
      [
        { text: "typecheck: the language server had ended and was started again\n" },
        { data: { "text/plain": "1" } },
      ],
    ],
    wrong: "TypeScriptError",
    earlier: "TypeScriptError",
    other: true,
    shown: [],
  });
});

test("a check past its deadline lets the cell run, says so in a line, and is counted; a server that hangs is replaced", (context) => {
  expect(facts(context, "late")).toMatchObject({
    cell: [
      { status: "ok" },
      [
        { name: "stderr", text: "typecheck: no answer within 4 s: cell-2.ts ran unchecked (1 so far)\n" },
        { data: { "text/plain": "2" } },
      ],
    ],
    again: [{ status: "ok" }, expect.anything()],
    counted: [["stdout", expect.stringMatching(/, 1 ran unchecked\n$/)]],
    complete: ["late"],
    gone: true,
    checked: "TypeScriptError",
  });
});

test("the language server starts no program: it finds none, and so fetches no types over the network", (context) => {
  expect(facts(context, "no child of its own")).toMatchObject({ names: [], path: "" });
});

test("the language server ends with its kernel, also when that is killed", (context) => {
  expect(facts(context, "orphan")["gone"]).toBe(true);
});

test("%npm install adds a package that the same cell imports, typed; no script runs; what cannot be had is said", (context) => {
  const seen = facts(context, "npm") as Record<string, unknown>;
  expect(seen).toMatchObject({
    before: expect.stringMatching(/try npm install below-test-greeting$/),
    status: "ok",
    result: "'hello reader'",
    typed: "Argument of type 'number' is not assignable to parameter of type 'string'. (TS2345)",
    files: ["node_modules", "package-lock.json", "package.json"],
    scripts: false,
    missing:
      "%npm install: want packages that the registry has, got below-test-nothing, which it has not; is the name right?",
    version:
      "%npm install: want a version that there is, got below-test-greeting@9; try the name without a version",
    nothing: "%npm: want install and a package's name, got nothing; try %npm install lodash",
    list: "%npm: want install and a package's name, got ls; try %npm install lodash",
    names: ["below-test-greeting"],
  });
  expect(seen["odd"]).toMatch(/^%npm install: want a package's name, with or without @version, got --global/);
  expect(JSON.stringify(seen["outputs"])).toMatch(/npm: installing below-test-greeting in .*npm: 1 added/);
});
