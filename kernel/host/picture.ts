/**
 * A Plotly figure → PNG, drawn by an installed Chromium without a window; undefined where there is none or it fails to draw.
 * A page in a folder of its own, no network, a fresh profile; the picture comes back as the page's text.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { PlotlyFigure } from "../display/host.ts";
import { installedBrowsers } from "./chromium.ts";

const { Buffer } = globalThis; // as it is now: a cell may declare a name over it
const standardSize = { width: 700, height: 450 };
const limitMs = 60_000;
/** Of the page's own clock, which runs ahead of ours: only until nothing is left to do. */
const pageMs = 20_000;
const options = [
  "--headless",
  "--disable-gpu-sandbox",
  "--enable-unsafe-swiftshader", // surfaces are WebGL, also where there is no GPU
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
  "--hide-scrollbars",
  `--virtual-time-budget=${pageMs}`,
  "--dump-dom",
];

export async function drawPlotly(figure: PlotlyFigure): Promise<Uint8Array | undefined> {
  const [browser] = installedBrowsers();
  if (browser === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), "below-figure-"));
  try {
    const page = path.join(folder, "figure.html");
    await writeFile(page, pageOf(figure));
    const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const profile = `--user-data-dir=${path.join(folder, "profile")}`;
    const dom = await textOf(browser, [...options, ...asRoot, profile, pathToFileURL(page).href]);
    const png = /data:image\/png;base64,([A-Za-z0-9+/=]+)/.exec(dom)?.[1];
    return png === undefined ? undefined : Buffer.from(png, "base64");
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function pageOf({ data, layout }: PlotlyFigure): string {
  const script = createRequire(import.meta.url).resolve("plotly.js-dist-min");
  const size = { ...standardSize, ...sizeOf(layout) };
  const figure = JSON.stringify({ data, layout: { ...layout, ...size } }).replaceAll("<", "\\u003c");
  return `<!doctype html><meta charset="utf-8"><body><script src="${pathToFileURL(script).href}"></script><script>
Plotly.toImage(${figure}, { format: "png", ...${JSON.stringify(size)} })
  .then((url) => { document.body.textContent = url; }, (error) => { document.body.textContent = "failed: " + error; });
</script></body>`;
}

function sizeOf({ width, height }: Readonly<Record<string, unknown>>): { width?: number; height?: number } {
  return {
    ...(typeof width === "number" ? { width } : {}),
    ...(typeof height === "number" ? { height } : {}),
  };
}

/** What a program prints; "" when it fails or takes too long. It ends with the kernel. */
async function textOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: limitMs,
      killSignal: "SIGKILL",
    });
    const end = (): void => void child.kill("SIGKILL");
    process.once("exit", end);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.on("error", () => resolve(""));
    child.on("close", () => {
      process.off("exit", end);
      resolve(text);
    });
  });
}
