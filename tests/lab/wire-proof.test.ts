/**
 * Chapters really run over the wire: with everything in place but zeromq, or with a zeromq that cannot send,
 * `npm start` fails and no chapter has a result.
 */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { fixtureBook } from "../../book/fixtures/chapters.ts";
import { type Clone, cloneWith } from "../../book/fixtures/clone.ts";
import { root } from "./tools.ts";

const clones: Clone[] = [];
afterEach(() => clones.splice(0).forEach((clone) => clone.dispose()));

/** The project with a small book, and with all packages but those named. */
function cloneWithout(...absent: readonly string[]): Clone {
  const clone = cloneWith(fixtureBook());
  clones.push(clone);
  const packages = join(clone.root, "node_modules");
  rmSync(packages); // a link to ours
  mkdirSync(packages);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!absent.includes(name))
      symlinkSync(join(root, "node_modules", name), join(packages, name), "junction");
  }
  return clone;
}

/** The chapters that have a result after a run. */
function results(clone: Clone): readonly string[] {
  return Object.keys(clone.hashes("build/notebooks-run"));
}

test("with all packages the small book runs (or what follows would prove nothing)", async () => {
  const clone = cloneWithout();
  expect((await clone.start().ended).code).toBe(0);
  expect(results(clone)).toEqual(["01-weights.ipynb", "02-means.ipynb", "03-dice.ipynb"]);
});

test("without zeromq nothing runs, and the message names it", async () => {
  const clone = cloneWithout("zeromq");
  const { code, stderr } = await clone.start().ended;
  expect(code).not.toBe(0);
  expect(stderr).toContain("zeromq");
  expect(results(clone)).toEqual([]);
});

test("with a zeromq whose client sockets cannot send, no chapter runs", async () => {
  const clone = cloneWithout("zeromq");
  const real = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve("zeromq")).href);
  clone.write(
    "node_modules/zeromq/package.json",
    '{ "name": "zeromq", "type": "module", "main": "index.js" }',
  );
  clone.write(
    "node_modules/zeromq/index.js",
    `export * from ${real};
import { Dealer as Whole } from ${real};
export class Dealer extends Whole { async send() { throw new Error("the wire is cut"); } }
`,
  );
  const { code, stderr } = await clone.start().ended;
  expect(code).not.toBe(0);
  expect(stderr).toContain("the wire is cut");
  expect(results(clone)).toEqual([]);
});
