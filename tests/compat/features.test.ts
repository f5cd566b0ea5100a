/** The README's table of features: our column is asked of our kernel anew, the peers' are what was recorded. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { scenario } from "../wire/scenario.ts";
import { type Answers, featureTable, ourUpdate, tableIn } from "./feature-table.ts";

const recorded = JSON.parse(
  readFileSync(new URL("./transcripts/features.json", import.meta.url), "utf8"),
) as Answers;
const root = new URL("../../", import.meta.url);
const facts = scenario("../compat/features.py", "typescript", "message", ourUpdate);

test.for(recorded.below.filter(({ promise }) => promise !== "version"))(
  "$promise: $answer",
  (row, context) => {
    const { answer, seen } = facts(context, row.promise);
    expect(answer, String(seen)).toBe(row.answer);
  },
);

test("the README names the versions that are pinned", () => {
  const text = (file: string): string => readFileSync(new URL(file, root), "utf8");
  const ipykernel = /^ipykernel==([\d.]+)/m.exec(text("scripts/requirements.txt"))![1];
  const deno = /linux-x64-glibc": "([\d.]+)"/.exec(text("tests/bench/peers/package.json"))![1];
  const tslab = /"tslab": "([\d.]+)"/.exec(text("tests/compat/peers/package.json"))![1];
  expect(text("README.md")).toContain(
    `ipykernel ${ipykernel}, Deno ${deno} and tslab ${tslab} were recorded`,
  );
});

test("the README says what was recorded, of the same questions to all, and names tests that are there", () => {
  const unpadded = (table: string): string => table.replace(/ +/g, " ").replace(/-{2,}/g, "---");
  const table = tableIn(readFileSync(new URL("README.md", root), "utf8"));
  expect(unpadded(table)).toBe(unpadded(featureTable(recorded)));
  const questions = Object.values(recorded).map((answers) => answers.map(({ promise }) => promise));
  expect(new Set(questions.map((list) => JSON.stringify(list))).size).toBe(1);
  for (const [, file] of table.matchAll(/\]\(([^)]+)\)/g))
    expect(existsSync(new URL(file, root)), file).toBe(true);
});
