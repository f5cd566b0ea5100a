/** Tables of a value: what becomes one, what it says of what it leaves out, and that nothing of it is HTML of the data's. */
import { expect, test } from "vitest";
import { table } from "./index.ts";
import { gridOf, htmlTable } from "./table.ts";
import { toBundle } from "./bundle.ts";

const bundleOf = (value: unknown): Record<string, string> =>
  toBundle(value, () => "text") as Record<string, string>;

/** The cells of an HTML table, by a reader that knows nothing of the writer. */
function cells(html: string): string[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell),
  );
}

test("records are rows, with every key that a record brings; a missing one is an empty cell", () => {
  const html = bundleOf([
    { a: 1, b: "x" },
    { a: 2, c: [3] },
  ])["text/html"];
  expect(cells(html)).toEqual([
    ["", "a", "b", "c"],
    ["0", "1", "x", ""],
    ["1", "2", "", "[ 3 ]"],
  ]);
});

test("a table can be read without seeing it: caption, column headers, row headers", () => {
  const html = bundleOf([{ a: 1 }])["text/html"];
  expect(html).toContain("<caption>1 record</caption>");
  expect(html.match(/<th scope="col">/g)).toHaveLength(2);
  expect(html.match(/<th scope="row">/g)).toHaveLength(1);
});

test("maps, sets and typed arrays are tables; plain lists, strings, instances and empty ones are not", () => {
  expect(cells(bundleOf(new Map([["k", 1]]))["text/html"])).toEqual([["key", "value"], ["k", "1"]]); // prettier-ignore
  expect(cells(bundleOf(new Map([["k", { a: 1 }]]))["text/html"])).toEqual([["key", "a"], ["k", "1"]]); // prettier-ignore
  expect(cells(bundleOf(new Set(["m"]))["text/html"])).toEqual([["", "member"], ["0", "m"]]); // prettier-ignore
  expect(cells(bundleOf(Float32Array.from({ length: 12 }, (_, i) => i))["text/html"])[2]).toEqual(["10", "10", "11", ..."........".split("").map(() => "")]); // prettier-ignore
  for (const value of [
    [1, 2],
    "text",
    [new Date()],
    [],
    new Map(),
    new Set(),
    new Uint8Array(),
    [{}],
    [{ a: 1 }, 2],
  ])
    expect(Object.keys(bundleOf(value))).toEqual(["text/plain"]);
});

test("a long table shows both ends, and says how many rows and columns are missing", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => ({ i, ...Object.fromEntries(Array.from({ length: 30 }, (_, k) => [`k${k}`, k])) })); // prettier-ignore
  const html = bundleOf(rows)["text/html"];
  const read = cells(html);
  expect(html).toContain("<caption>1000 records, 11 more columns</caption>");
  expect(read[11]).toEqual(["… 980 more rows …"]);
  expect([read[1][1], read.at(-1)![1], read.length]).toEqual(["0", "999", 22]);
});

test("text of the data is text in the table, never markup", () => {
  const html = bundleOf([{ "<b>": `<script>alert("1")</script>&` }])["text/html"];
  expect(html).toContain("&lt;b&gt;");
  expect(html).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;");
  expect(html).not.toMatch(/<(b|script)>/);
});

test("no getter runs, and a hostile proxy is no table", () => {
  const record = { get a() { return expect.unreachable("a getter ran") } }; // prettier-ignore
  expect(htmlTable(gridOf([record])!)).toContain("[Getter]");
  const hostile = new Proxy([{}], { get: () => { throw new Error("trap") } }); // prettier-ignore
  expect(gridOf(hostile)).toBeUndefined();
});

test("table() takes columns, caption and rows to show, and its text is aligned", () => {
  const rows = [{ name: "Ada", born: 1815, x: 1 }, { name: "Grace", born: 1906, x: 2 }, { name: "Alan", born: 1912, x: 3 }]; // prettier-ignore
  const bundle = bundleOf(table(rows, { columns: ["born", "name"], caption: "People", mostRows: 2 }));
  expect(bundle["text/plain"].split("\n")).toEqual(["People", "   born  name", "0  1815  Ada", "… 1 more rows", "2  1912  Alan"]); // prettier-ignore
  expect(bundle["text/html"]).toContain("<caption>People</caption>");
  expect(() => table([1, 2])).toThrow(/^table: want an array of records/);
});
