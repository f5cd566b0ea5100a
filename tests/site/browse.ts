/** A browser on the exported site: opens pages and notes what a reader would not see: requests, console, failures. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export interface Visit {
  readonly page: Page;
  /** Requests to other origins, failed ones, console errors, exceptions: a line each. */
  readonly trouble: readonly string[];
  readonly close: () => Promise<void>;
}

export function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", ...quiet],
  });
}

export interface Looks {
  readonly scheme: "light" | "dark";
  readonly width: number;
}

export async function visit(browser: Browser, address: string, { scheme, width }: Looks): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height: 900 },
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const trouble: string[] = [];
  const { origin } = new URL(address);
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== "data:" && url.protocol !== "blob:")
      trouble.push(`asks ${request.url()}`);
  });
  page.on(
    "response",
    (response) => void (response.status() >= 400 && trouble.push(`${response.status()} ${response.url()}`)),
  );
  page.on(
    "console",
    (message) => void (message.type() === "error" && trouble.push(`console: ${message.text()}`)),
  );
  page.on("pageerror", (error) => void trouble.push(`throws ${error.message}`));
  await page.goto(address, { waitUntil: "load" });
  await page.evaluate("document.fonts.ready.then(() => true)");
  return { page, trouble, close: () => context.close() };
}
