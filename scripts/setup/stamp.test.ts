import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspect, removeStamp, writeStamp } from "./stamp.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "below stamp "));
  mkdirSync(join(folder, "pkg", "lib"), { recursive: true });
  mkdirSync(join(folder, ".bin"));
  for (const file of ["pkg/package.json", "pkg/lib/index.js", "pkg/README.md", ".bin/tool"])
    writeFileSync(join(folder, file), "12345");
  writeStamp(folder, "want", { file: "node" });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a folder as it was installed is whole and gives its note back", () => {
  expect(inspect(folder, "want")).toEqual({ whole: true, note: { file: "node" } });
});

test.each(["pkg/package.json", "pkg/lib/index.js", ".bin/tool"])("a missing %s is damage", (file) => {
  rmSync(join(folder, file));
  expect(inspect(folder, "want")).toEqual({ whole: false, why: "damaged", path: file });
});

test("a file cut short is damage", () => {
  truncateSync(join(folder, "pkg/lib/index.js"), 2);
  expect(inspect(folder, "want")).toEqual({ whole: false, why: "damaged", path: "pkg/lib/index.js" });
});

test("a stamp cut short is no stamp", () => {
  truncateSync(join(folder, ".below-setup"), 10);
  expect(inspect(folder, "want")).toMatchObject({ whole: false, why: "absent" });
});

test("another lock file makes the folder outdated", () => {
  expect(inspect(folder, "another")).toMatchObject({ whole: false, why: "outdated" });
});

test("a half-made folder is not whole", () => {
  removeStamp(folder);
  expect(inspect(folder, "want").whole).toBe(false);
});

test("times, caches and texts that nothing loads are no damage", () => {
  utimesSync(join(folder, "pkg/package.json"), 1, 1);
  mkdirSync(join(folder, ".vite"));
  writeFileSync(join(folder, ".vite/cache"), "");
  rmSync(join(folder, "pkg/README.md"));
  expect(inspect(folder, "want").whole).toBe(true);
});

test("a copy of the folder is whole", () => {
  const copy = `${folder} copy`;
  cpSync(folder, copy, { recursive: true });
  expect(inspect(copy, "want").whole).toBe(true);
  rmSync(copy, { recursive: true });
});
