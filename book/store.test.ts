import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOf, openStore } from "./store.ts";

let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "below store "))));
afterEach(() => rmSync(folder, { recursive: true }));

test("a result is found under its own name and key only", () => {
  const store = openStore(folder);
  store.put("a", "k1", "value");
  expect(store.get("a", "k1")).toBe("value");
  expect(store.get("a", "k2")).toBeUndefined();
  expect(store.get("b", "k1")).toBeUndefined();
});

test("a record with any byte changed or cut anywhere reads as none", () => {
  const store = openStore(folder);
  store.put("a", "k", "1 + 1 is 2");
  const path = join(folder, readdirSync(folder)[0]);
  const text = readFileSync(path, "utf8");
  for (let at = 0; at < text.length; at++) {
    writeFileSync(path, text.slice(0, at));
    expect(store.get("a", "k"), `cut at ${at}`).toBeUndefined();
    writeFileSync(path, `${text.slice(0, at)}#${text.slice(at + 1)}`);
    expect(store.get("a", "k"), `changed at ${at}`).toBeUndefined();
  }
  store.put("a", "k", "1 + 1 is 2");
  expect(store.get("a", "k")).toBe("1 + 1 is 2");
});

test("old results of a name go, the newest stay, and other names are not touched", () => {
  const store = openStore(folder);
  store.put("b", "k", "other");
  for (let index = 0; index < 20; index++) store.put("a", `k${index}`, String(index));
  expect(readdirSync(folder).filter((name) => name.startsWith("a.")).length).toBeLessThanOrEqual(4);
  expect(store.get("a", "k19")).toBe("19");
  expect(store.get("b", "k")).toBe("other");
});

test("what a killed writer left is swept, what a living one writes is not", () => {
  writeFileSync(join(folder, "a.k.json.999999999-0123abcd.tmp"), "half");
  writeFileSync(join(folder, `a.k.json.${process.pid}-0123abcd.tmp`), "half");
  openStore(folder);
  expect(readdirSync(folder)).toEqual([`a.k.json.${process.pid}-0123abcd.tmp`]);
});

test("a hash tells its parts apart", () => {
  expect(hashOf("ab", "c")).not.toBe(hashOf("a", "bc"));
  expect(hashOf("a", "")).not.toBe(hashOf("a"));
});
