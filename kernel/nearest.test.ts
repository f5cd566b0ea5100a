import { expect, test } from "vitest";
import { editDistance, nearest } from "./nearest.mjs";

test("a slip of the finger is one edit", () => {
  for (const slip of ["exprot", "expor", "exporrt", "ezport"]) expect(editDistance(slip, "export")).toBe(1);
});

test("the near name is given, and none where nothing is near", () => {
  expect(nearest("linear-algbera", ["calculus", "linear-algebra"])).toBe("linear-algebra");
  expect(nearest("quantum", ["calculus", "linear-algebra"])).toBeUndefined();
});
