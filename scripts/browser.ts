/**
 * The Chromium that browser tests drive: one that is installed, else Debian's where we are root.
 * Returns paths; starts nothing but `--version`.
 */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { installedBrowsers } from "../kernel/index.ts";
import { aptInstall, canApt } from "./setup/apt.mjs";
import { runCommand } from "./setup/command.mjs";
import { SetupError } from "./setup/say.mjs";

const debianPackages = ["chromium", "fonts-liberation"]; // without a font, pages have no glyphs to measure

/** The first browser that starts, or undefined. `BELOW_BROWSER` names another one. */
export async function findBrowser(): Promise<string | undefined> {
  for (const file of candidates()) {
    if (existsSync(file) && (await starts(file))) return file;
  }
  return undefined;
}

/** A browser, installed if need be. Throws SetupError with the remedy where that needs a person. */
export async function ensureBrowser(): Promise<string> {
  const found = await findBrowser();
  if (found) return found;
  const problem = canApt() ? await aptInstall(debianPackages) : "none, and no right to install one";
  const installed = await findBrowser();
  if (installed) return installed;
  throw new SetupError(
    `browser: want Chromium, Chrome or Edge, got ${problem ?? "a package that does not start"}; ` +
      "try installing one, or `npx --no-install playwright-core install chromium`, or set BELOW_BROWSER",
  );
}

function candidates(): string[] {
  return [...installedBrowsers(), chromium.executablePath()].filter(Boolean);
}

/** Ubuntu's `chromium-browser` may be a script that only advertises a snap; on Windows `--version` opens a window. */
async function starts(file: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  const { code, output } = await runCommand(file, ["--version"], { timeoutMs: 20_000 });
  return code === 0 && /(Chromium|Chrome|Edge) \d/.test(output);
}
