/**
 * The shell of the site, drawn by Astro and Starlight (../theme) in a process of its own. In: a plan that holds
 * titles, not chapters. Out: a folder with one HTML file a page, its assets, and marks where the content goes.
 * Kept by the hash of plan, theme and packages, so that a changed paragraph never waits for it.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { hashFolder, hashOf } from "../store.ts";
import { isAlive, readIfThere } from "../write/files.ts";

export interface ShellPage {
  /** "index", or the page's path without slashes around it. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** A line above the title. */
  readonly eyebrow?: string;
  readonly tableOfContents?: boolean;
  readonly prev?: boolean;
  readonly next?: boolean;
}

export interface SidebarGroup {
  readonly label: string;
  readonly items: readonly { readonly label: string; readonly link: string }[];
}

export interface ShellPlan {
  readonly title: string;
  readonly description: string;
  readonly sidebar: readonly (SidebarGroup | SidebarGroup["items"][number])[];
  readonly pages: readonly ShellPage[];
}

const THEME = fileURLToPath(new URL("../theme", import.meta.url));
const KEPT = 3;

/** Path of the folder with the drawn shell. Throws an Error with Astro's words if it cannot draw. */
export async function drawShell(root: string, plan: ShellPlan): Promise<string> {
  // Beside the packages themselves: Astro takes a file for its own only if it shares a root with the packages' files.
  const cache = join(dirname(realpathSync(join(root, "node_modules"))), "build/cache/shell");
  const key = hashOf(
    JSON.stringify(plan),
    themeHash(),
    readIfThere(join(root, "package-lock.json")) ?? "",
  ).slice(0, 16);
  const folder = join(cache, key);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  sweep(cache);
  const stage = mkdtempSync(join(cache, `.stage-${process.pid}-`));
  try {
    await runAstro(root, stage, plan);
    if (!existsSync(folder)) renameSync(join(stage, "out"), folder);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  return folder;
}

export function themeHash(): string {
  return hashFolder(THEME, () => true);
}

/** The theme is copied: Astro writes into the folder that it works in. */
async function runAstro(root: string, stage: string, plan: ShellPlan): Promise<void> {
  const theme = join(stage, "theme");
  cpSync(THEME, theme, { recursive: true });
  const file = join(stage, "plan.json");
  writeFileSync(
    file,
    JSON.stringify({ ...plan, outDir: join(stage, "out"), cacheDir: join(stage, "cache") }),
  );
  const manifest = createRequire(join(root, "package.json")).resolve("astro/package.json");
  const child = spawn(process.execPath, [join(dirname(manifest), "bin/astro.mjs"), "build"], {
    cwd: theme,
    env: { ...astroEnvironment(), BELOW_SHELL: file, ASTRO_TELEMETRY_DISABLED: "1", FORCE_COLOR: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on("error", reject).on("close", resolve),
  );
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0)
    throw new Error(`site: want a shell from Astro, got exit code ${code}\n${said}${complained}`);
}

/** Vite takes its settings also from here, and a test runner on Vite leaves its own (BASE_URL, MODE, NODE_ENV). */
function astroEnvironment(): NodeJS.ProcessEnv {
  const names = /^(?:BASE_URL|MODE|DEV|PROD|SSR|NODE_ENV|NODE_OPTIONS|VITE\w*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)));
}

/** Stages of the dead, and all but the newest shells. */
function sweep(cache: string): void {
  for (const name of readdirSync(cache)) {
    const pid = /^\.stage-(?<pid>\d+)-/.exec(name)?.groups?.["pid"];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(cache, name), { recursive: true, force: true });
  }
  const shells = readdirSync(cache).filter((name) => !name.startsWith("."));
  const byAge = shells.toSorted(
    (a, b) => statSync(join(cache, b)).mtimeMs - statSync(join(cache, a)).mtimeMs,
  );
  for (const name of byAge.slice(KEPT - 1)) rmSync(join(cache, name), { recursive: true, force: true });
}
