/** What a cell can import, as a notebook's reader sees it. The facts are imports.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("imports.py");

test("files beside the notebook: TypeScript with enums, JavaScript, JSON, by dynamic import and by absolute path", (context) => {
  expect(facts(context, "files")).toMatchObject({
    ts: "'42m'",
    js: "'plain'",
    json: "[ 1, 2 ]",
    dynamic: "2",
    absolute: "2",
  });
});

test("packages: the notebook's own first, then those of below; CommonJS, require, built-ins and below/display", (context) => {
  expect(facts(context, "packages")).toMatchObject({
    own: "'the notebook’s own'",
    below: "'function'",
    commonjs: "8",
    required: "10",
    builtin: "'b'",
    bare: "1",
    display: "'function'",
  });
});

test("import.meta speaks of the notebook's folder", (context) => {
  const { dirname, url, resolve } = facts(context, "meta") as Record<string, string>;
  expect(url).toMatch(/^'file:.*\/cell\.ts'$/);
  expect(resolve).toBe(url.replace("cell.ts", "unit.ts"));
  expect(url).toContain(dirname.slice(1, -1));
});

test("an edited file is seen at the next import, also through a file that imports it; an unchanged one is kept", (context) => {
  expect(facts(context, "edited")).toMatchObject({
    edited: "300",
    transitive: "600",
    same: "true",
    untouched: "true",
  });
});

test("a file with a syntax error says where, and works once it is mended", (context) => {
  expect(facts(context, "broken")).toMatchObject({
    first: { ename: "SyntaxError", evalue: expect.stringMatching(/broken\.ts:1:14: Unexpected token/) },
    mended: "1",
  });
});

test("so does a file of JavaScript, also one that another file imports; an import of a wrong name stays what it is", (context) => {
  const { module, commonjs, around, mended, name } = facts(context, "broken JavaScript") as Record<
    "module" | "commonjs" | "around",
    { evalue: string }
  > & { mended: string; name: string };
  expect(module.evalue).toMatch(/broken\.mjs:2:14: Unexpected token[^]*2 \| export const = 1/);
  expect(commonjs.evalue).toMatch(/broken\.cjs:1:13: Unexpected token/);
  expect(around.evalue).toMatch(/broken\.mjs:2:14: Unexpected token/);
  expect(mended).toBe("2");
  expect(name).toMatch(/want the export `nothing`/);
});

test("an error inside an imported file names its line and column on disk, then the cell's", (context) => {
  const { reply } = facts(context, "error in a file") as { reply: { traceback: string[] } };
  expect(reply.traceback.join("\n")).toMatch(/at fail \(.*shape\.ts:3:9\)\n.*cell-\d+\.ts:2:1/);
});

test("a missing module says who wants what, where in the cell, and what to try", (context) => {
  const {
    file,
    ending,
    package: pack,
    name,
    inside,
  } = facts(context, "missing") as Record<string, { evalue: string; traceback: string[] }>;
  expect(file.evalue).toMatch(/^import: want a file .*\/nowhere\.ts, got none$/);
  expect(file.traceback.join("\n")).toMatch(/cell-\d+\.ts:2:1/);
  expect(ending.evalue).toMatch(/; try "\.\/unit\.ts"$/);
  expect(pack.evalue).toMatch(
    /^import: want a package "no-such-package\/part" .* got none; try npm install no-such-package$/,
  );
  expect(name.evalue).toMatch(/want the export `scales`, got Unit, scale; did you mean `scale`\?/);
  expect(inside.evalue).toMatch(/nowhere\.ts.*needs\.ts/);
});

test("a module that was missing is found once it is there, also by a file that failed for want of it", (context) => {
  expect(facts(context, "found later")).toMatchObject({ here: "1", needs: "ok" });
});
