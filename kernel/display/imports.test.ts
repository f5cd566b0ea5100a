/** The page shares these files: what `below/display` reaches must neither be Node's nor leave the folder. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";

/** Loaded at the first figure, and made for pages as well. */
const packages = ["vega", "vega-lite"];

/** Every file that `entry` reaches by imports that stay when types are erased, and what else it asks for. */
function reach(entry: string): { files: Set<string>; others: Set<string> } {
  const [files, others, waiting] = [new Set<string>(), new Set<string>(), [entry]];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (files.has(name)) continue;
    files.add(name);
    for (const specifier of importsOf(name)) {
      const file = join(dirname(name), specifier);
      if (specifier.startsWith(".") && !file.startsWith("..")) waiting.push(file);
      else others.add(specifier);
    }
  }
  return { files, others };
}

function importsOf(name: string): string[] {
  const text = readFileSync(new URL(name, import.meta.url), "utf8");
  const { module } = parseSync(name, text);
  const isValue = (entries: readonly { isType: boolean }[]): boolean =>
    entries.length === 0 || entries.some(({ isType }) => !isType);
  return [
    ...module.staticImports
      .filter(({ entries }) => isValue(entries))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) => (isType ? [] : (moduleRequest?.value ?? []))),
    ),
    ...module.dynamicImports
      .map(({ moduleRequest }) => text.slice(moduleRequest.start, moduleRequest.end))
      .filter((asked) => /^["'`]/.test(asked)) // an address that only the page knows (widget/frame.ts) reaches no file
      .map((asked) => asked.slice(1, -1)),
  ];
}

test("below/display and tslab's API need no Node; Deno's, which reads files, does", () => {
  for (const entry of ["index.ts", "tslab.ts"]) {
    const { files, others } = reach(entry);
    expect(files.size).toBeGreaterThan(2);
    expect(
      [...others].filter((name) => !packages.includes(name)),
      entry,
    ).toEqual([]);
  }
  expect([...reach("index.ts").files]).toContain("table.ts");
  expect([...reach("deno.ts").others]).toContain("node:fs"); // or the reader of imports would be blind
});
