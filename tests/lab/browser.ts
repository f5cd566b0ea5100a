/** What a browser test starts with: a Chromium with a fresh profile, and a notebook for our kernel. */
import { type Browser, chromium } from "playwright-core";

/** A fresh profile, and nothing that would call home. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", ...quiet],
  });
}

/** An nbformat 4.5 file with these code cells, not yet run. */
export function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  const kernelspec = { name: "below", display_name: "TypeScript (below)", language: "typescript" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}
