/** A Plotly figure drawn by a real Chromium, judged by the file that comes back. */
import { expect, test } from "vitest";
import { installedBrowsers } from "./chromium.ts";
import { drawPlotly } from "./picture.ts";

const figure = {
  data: [{ type: "bar", x: ["a", "b</script>"], y: [1, 2], marker: { color: "rgb(255,0,0)" } }],
  layout: { width: 320, height: 240 },
  config: {},
};

test("a Chromium that is installed draws a PNG of the figure's size", async ({ skip }) => {
  if (installedBrowsers().length === 0 && !process.env["CI"]) skip("no Chromium, Chrome or Edge here");
  const bytes = await drawPlotly(figure);
  const view = new DataView(bytes!.buffer, bytes!.byteOffset, bytes!.byteLength);
  expect([...bytes!.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([320, 240]); // IHDR
  expect(bytes!.length).toBeGreaterThan(3000); // an empty page of that size is 1 kB
});

test("a browser that cannot draw is no picture, and no error", async () => {
  const before = process.env["BELOW_BROWSER"];
  process.env["BELOW_BROWSER"] = process.execPath; // starts, and knows none of the options
  try {
    expect(await drawPlotly(figure)).toBeUndefined();
  } finally {
    if (before === undefined) delete process.env["BELOW_BROWSER"];
    else process.env["BELOW_BROWSER"] = before;
  }
});
