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

test("the goals are the issue's, each against the peer it names", () => {
  const goals = rows.filter(({ goal }) => goal !== null);
  expect(goals.map(({ what, peerName, goal }) => [what, peerName, goal])).toEqual([
    ["start to kernel_info_reply", "ipykernel", "<=0.9"],
    ["1+1-like cell, types unchecked", "deno", "<=0.7"],
    ["typed const cell, types checked", "tslab", "<=1.0"],
    ["typed const cell, types checked", null, "<=35"],
    ["100 000 lines on stdout, types unchecked", "deno", "<=1.0"],
    ["completion of a live object's keys", "tslab", "<=1.0"],
    ["completion of typed members", null, "<=40"],
    ["resident memory, idle after the first cell, language server apart", "deno", "<=0.6"],
    ["interrupt of while (true), types unchecked", null, "<=50"],
  ]);
});

test("each kind of cell is a row against each peer that has it, and no row is there twice", () => {
  const names = rows.map(({ what, peerName }) => `${what} / ${peerName}`);
  expect(new Set(names).size).toBe(names.length);
  for (const { what, python, onTslab } of cellKinds) {
    expect(names).toContain(`${what}, types unchecked / deno`);
    expect(names.includes(`${what}, types unchecked / ipykernel`)).toBe(python !== undefined);
    expect(names.includes(`${what}, types checked / tslab`)).toBe(onTslab === true);
  }
});
