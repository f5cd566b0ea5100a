/** The bench's promise to its readers: no text repeats, so no kernel is timed on its cache. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cellKinds, endless } from "./cells.ts";

const directory = mkdtempSync(join(tmpdir(), "below-cells-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("no two cells have the same text, in either language", () => {
  const texts = Array.from({ length: 200 }, (_, n) => [
    ...cellKinds.flatMap((kind) => [
      kind.typescript(n, directory).code,
      kind.python?.(n + 1000).code ?? `none ${kind.what} ${n}`,
    ]),
    endless("typescript", n).code,
    endless("python", n + 1000).code,
  ]).flat();
  expect(new Set(texts).size).toBe(texts.length);
});

test("every cell says what must come back", () => {
  for (const kind of cellKinds) {
    for (const cell of [kind.typescript(41, directory), kind.python?.(41)]) {
      if (cell !== undefined) expect(cell.result ?? cell.error ?? cell.lines, kind.what).toBeDefined();
    }
  }
});
