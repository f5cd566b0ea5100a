// @ts-check
/**
 * Makes node_modules equal to package-lock.json and proves that it works.
 * Whole already → nothing; installed by hand → proves it; absent, outdated or damaged → `npm ci`.
 * Node built-ins only.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { runCommand } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { runNpm } from "./npm.mjs";
import { findRuntime } from "./runtime.mjs";
import { SetupError, say, timed } from "./say.mjs";
import { damagedFiles, inspect, removeStamp, writeStamp } from "./stamp.mjs";

/** @typedef {import("./runtime.mjs").Runtime} Runtime */

// A user's omit=dev, or NODE_ENV=production, would leave out the runtime or the tests.
const flags = [
  "--loglevel=error",
  "--no-audit",
  "--no-fund",
  "--include=dev",
  "--include=optional",
  "--include=peer",
];
const mustLoad = ["zeromq", "oxc-parser", "oxc-transform"];

/**
 * Installs what is missing and returns the Node to run on.
 * Throws SetupError with a remedy when that cannot be had.
 * @param {string} root
 * @returns {Promise<Runtime>}
 */
export async function setupPackages(root) {
  const want = wanted(root);
  const found = usable(root, want);
  if (found) return found;
  const onWait = (/** @type {{ pid: number } | undefined} */ owner) =>
    say(`another set-up is running (pid ${owner?.pid ?? "unknown"}); waiting for it`);
  return withLock(
    join(root, ".setup.lock"),
    onWait,
    async (keepFor) => usable(root, want) ?? (await repair(root, want, keepFor)),
  );
}

/** @param {string} root @param {string} want @param {import("./lock.mjs").KeepFor} keepFor */
async function repair(root, want, keepFor) {
  const folder = join(root, "node_modules");
  const state = inspect(folder, want);
  const isDamaged = !state.whole && state.why === "damaged";
  if (isDamaged) say(`node_modules is damaged (${state.path}); repairing it`);
  if (isDamaged ? await mend(root, keepFor) : isAsLocked(root)) {
    const runtime = await prove(root);
    if (typeof runtime !== "string") return record(folder, want, runtime);
  }
  await install(root, keepFor);
  const runtime = await prove(root);
  if (typeof runtime === "string") throw new SetupError(runtime);
  return record(folder, want, runtime);
}

/** @param {string} folder @param {string} want @param {Runtime} runtime */
function record(folder, want, runtime) {
  // A folder of ours may be moved or copied, a user's Node stays where it is.
  writeStamp(
    folder,
    want,
    runtime.pinned ? { ...runtime, file: relative(dirname(folder), runtime.file) } : runtime,
  );
  if (!runtime.pinned)
    say(`no pinned Node runs on ${process.platform}-${process.arch}; using yours, ${runtime.version}`);
  return runtime;
}

/**
 * Installs only the packages that are damaged: seconds where `npm ci` would write 850 MB again. The stamp stays and
 * judges: false when the folder is not as it was. @param {string} root @param {import("./lock.mjs").KeepFor} keepFor
 */
async function mend(root, keepFor) {
  const folder = join(root, "node_modules");
  const damaged = new Set(damagedFiles(folder).map(packageOf));
  if (damaged.has("")) return false;
  for (const name of damaged) rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(join(folder, ".package-lock.json"), { force: true }); // npm's own claim that all is there
  const { code } = await timed(`installing ${[...damaged].join(", ")}`, () =>
    runNpm(["install", "--no-save", ...flags, "--prefer-offline"], root, keepFor),
  );
  return code === 0 && damagedFiles(folder).length === 0;
}

/** The package that a file below node_modules belongs to: "a", "@a/b", "a/node_modules/b"; "" for none. @param {string} path */
const packageOf = (path) => /^(?:.*node_modules\/)?(?:@[^/.][^/]*\/)?[^@/.][^/]*(?=\/)/.exec(path)?.[0] ?? "";

/** @param {string} root @param {import("./lock.mjs").KeepFor} keepFor */
async function install(root, keepFor) {
  removeStamp(join(root, "node_modules"));
  rmSync(join(root, "node_modules", ".package-lock.json"), { force: true }); // npm's own claim that all is there
  const locked = Object.entries(lockedPackages(join(root, "package-lock.json")));
  const count = locked.filter(([path, entry]) => path !== "" && isNeeded(entry)).length;
  const { code, output } = await timed(`installing ${count} packages, about 850 MB`, async () => {
    // The lock's hashes make the cache as good as the network, and offline it saves minutes of retries.
    const cached = await runNpm(["ci", ...flags, "--prefer-offline"], root, keepFor);
    return cached.code === 0 || isOffline(cached.output) ? cached : runNpm(["ci", ...flags], root, keepFor);
  });
  if (code === 0) return;
  process.stderr.write(output.endsWith("\n") ? output : `${output}\n`);
  throw new SetupError(`npm ci: want exit code 0, got ${code}; ${remedy(output)}`);
}

/** @param {string} output */
function remedy(output) {
  if (isOffline(output)) return "try again with a network: the first set-up needs one";
  if (/ENOSPC/.test(output)) return "try again with 1 GB of free disk space";
  if (/EACCES|EPERM/.test(output))
    return "try again as the owner of this folder, with nothing else running from it";
  if (/EUSAGE/.test(output))
    return "try `git checkout package.json package-lock.json`: they do not belong together";
  if (/spawn npm/.test(output)) return "try installing npm 10 or newer; it comes with Node";
  return "the lines above say why";
}

/** @param {string} output */
const isOffline = (output) =>
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|ENETUNREACH|ECONNRESET/.test(output);

/**
 * Starts the runtime and loads every native package on it: the runtime, or the reason why not.
 * @param {string} root
 * @returns {Promise<Runtime | string>}
 */
async function prove(root) {
  const found = await findRuntime(root);
  if ("problem" in found) return found.problem;
  const program = mustLoad.map((name) => `await import(${JSON.stringify(name)});`).join("");
  const { code, output } = await runCommand(
    found.runtime.file,
    ["--input-type=module", "--eval", `${program}process.exit(0)`],
    { cwd: root },
  );
  if (code === 0) return found.runtime;
  return `packages: want ${mustLoad.join(", ")} to load on ${process.platform}-${process.arch}, got ${lastLine(output)}`;
}

/** @param {string} output */
const lastLine = (output) =>
  output.match(/^\w*Error.*$/m)?.[0] ?? output.trim().split("\n").at(-1) ?? "no output";

/** The runtime when nothing has to be done. @param {string} root @param {string} want @returns {Runtime | undefined} */
function usable(root, want) {
  const state = inspect(join(root, "node_modules"), want);
  if (!state.whole) return undefined;
  const runtime = /** @type {Runtime} */ (state.note);
  const file = runtime.pinned ? join(root, runtime.file) : runtime.file;
  return existsSync(file) ? { ...runtime, file } : undefined;
}

/** @param {string} root */
function wanted(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
}

/** True when npm itself finished installing exactly what the lock names (a user ran it before us). @param {string} root */
function isAsLocked(root) {
  try {
    const have = lockedPackages(join(root, "node_modules", ".package-lock.json"));
    return Object.entries(lockedPackages(join(root, "package-lock.json"))).every(
      ([path, entry]) =>
        path === "" ||
        !isNeeded(entry) ||
        (have[path]?.integrity === entry.integrity && existsSync(join(root, path, "package.json"))),
    );
  } catch {
    return false;
  }
}

/** @typedef {{ integrity?: string, os?: string[], cpu?: string[], libc?: string[], optional?: boolean }} LockEntry */
/** @param {string} file @returns {Record<string, LockEntry>} */
const lockedPackages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
/**
 * Optional packages are for one platform each, or the needs of such a package (then no platform is named):
 * only those for this machine must be there. @param {LockEntry} entry
 */
function isNeeded({ optional, os, cpu, libc }) {
  if (!optional) return true;
  if (!os && !cpu) return false;
  return (
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true) &&
    (libc?.includes(cLibrary()) ?? true)
  );
}

function cLibrary() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report?.getReport() ?? {}
  );
  return report.header?.glibcVersionRuntime ? "glibc" : "musl";
}
