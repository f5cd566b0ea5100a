import { expect, test } from "vitest";
import { cellKinds } from "./cells.ts";
import { unmeasured } from "./kernel.ts";

const rows = unmeasured("python: none here");

test("every row has the nine fields that readers of --json rely on, also where nothing could be measured", () => {
  for (const row of rows) {
    expect(Object.keys(row).toSorted()).toEqual(
      ["goal", "ok", "ours", "peer", "peerName", "ratio", "unit", "what", "why"], // docs/design.md, "Measuring"
    );
    expect(row).toMatchObject({ ours: null, peer: null, ratio: null, ok: null, why: "python: none here" });
  }
});

test("the two goals are a start as fast as ipykernel's and small cells as fast as Deno's", () => {
  const goals = rows.filter(({ goal }) => goal !== null);
  expect(goals.map(({ what, peerName, goal }) => [what, peerName, goal])).toEqual([
    ["start to kernel_info_reply", "ipykernel", "<=1.0"],
    ["1+1-like cell", "deno", "<=1.0"],
  ]);
});

test("each kind of cell is a row against each peer that has it, and no row is there twice", () => {
  const names = rows.map(({ what, peerName }) => `${what} / ${peerName}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { what, python } of cellKinds) {
    expect(names).toContain(`${what} / deno`);
    expect(names.includes(`${what} / ipykernel`)).toBe(python !== undefined);
  }
});
