/**
 * A page's worker runs the same engine, right: with shared memory, and without it. Judge: the reference device there, and Node's numbers here.
 */
import assert from "node:assert/strict";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { findBrowser } from "../../../scripts/browser.ts";
import { describeWith, root, tool } from "../../lab/tools.ts";
import { type Found, judgeHere } from "../here.ts";
import { serveSource } from "./server.ts";

const browser = tool("browser", await findBrowser(), "installing Chromium, Chrome or Edge");
const [first, count] = [50_000, 200];
const quiet = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const softwareGpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

describeWith("in a page's worker", [browser], (file) => {
  let chrome: Browser;
  let here: readonly Found[];

  beforeAll(async () => {
    chrome = await chromium.launch({ executablePath: file, args: [...quiet, ...softwareGpu] });
    here = await judgeHere(first, 1);
  });
  afterAll(async () => {
    await chrome?.close();
  });

  test.for([
    ["with shared memory", true],
    ["without it", false],
  ] as const)("%s", async ([, isolated]) => {
    const server = await serveSource(root, isolated);
    try {
      const page = await chrome.newPage();
      await page.goto(server.url);
      assert.equal(await page.evaluate("crossOriginIsolated"), isolated);
      const answer = (await page.evaluate(inPage(first, count))) as {
        found: readonly Found[];
        error?: string;
      };
      assert.equal(answer.error, undefined);
      check(answer.found, isolated);
      await page.close();
    } finally {
      await server.dispose();
    }
  });

  test("on the page's GPU, which the processor plays", async () => {
    const server = await serveSource(root, false);
    try {
      const page = await chrome.newPage();
      await page.goto(server.url);
      const answer = (await page.evaluate(inPage(first, 60, ["webgpu"]))) as {
        found: readonly Found[];
        error?: string;
      };
      assert.equal(answer.error, undefined);
      assert.deepEqual(
        answer.found.map(({ device }) => device.name),
        ["webgpu"],
      );
      const [{ failures, product }] = answer.found;
      assert.deepEqual(failures, []);
      for (const [at, want] of here[0].product.entries())
        assert.ok(Math.abs(product[at] - want) < 1e-4, `product at ${at}: want ${want}, got ${product[at]}`);
      await page.close();
    } finally {
      await server.dispose();
    }
  });

  function check(found: readonly Found[], isolated: boolean): void {
    assert.deepEqual(
      found.map(({ device }) => device.name),
      here.map(({ device }) => device.name),
      "the devices of Node are there",
    );
    for (const [i, { device, plans, failures, product }] of found.entries()) {
      assert.deepEqual(failures, [], device.name);
      assert.equal(plans, count);
      for (const [at, want] of here[i].product.entries())
        assert.ok(
          Math.abs(product[at] - want) < 1e-4,
          `${device.name}: product at ${at}: want ${want}, got ${product[at]}`,
        );
      if (!isolated && device.threads !== undefined)
        assert.equal(device.threads, 1, "no shared memory, no threads");
    }
  }
});

/** Runs the worker and waits for what it posts. Text: it runs there, not here. */
function inPage(first: number, count: number, devices?: readonly string[]): string {
  return `new Promise((resolve, reject) => {
    const worker = new Worker("/tests/tensor/page/worker.ts", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message ?? "the worker did not load"));
    worker.postMessage(${JSON.stringify({ first, count, devices })});
  })`;
}
