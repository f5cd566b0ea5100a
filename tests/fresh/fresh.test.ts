/**
 * What a new user meets: a clean clone in a folder whose name has spaces, and everything that can go wrong while it is
 * set up. Judge: the commands themselves, on the user's own Node and npm. Takes a minute, so it runs in CI and by
 * `npm run test:fresh`; the order of the tests matters, each goes on from the one before.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isWanted = Boolean(process.env.CI) || process.env.BELOW_FRESH === "1";
const limitMs = 300_000;

const parent = mkdtempSync(join(tmpdir(), "below fresh ü "));
let clone = join(parent, "a clone");
afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** As in a new terminal: nothing of the npm that runs this test, and none of the Nodes that it installed. */
function userEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|INIT_CWD)/i.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const options = {
    cwd: existsSync(clone) ? clone : parent,
    env: { ...userEnvironment(), ...env },
    detached: true,
  };
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  return { child, ended };
}

const below = (command: string, env?: NodeJS.ProcessEnv): ReturnType<typeof start> =>
  start("npx", ["--no-install", "below", command], env);
/** Without npx in between, to see the very lines of set-up. */
const version = (env?: NodeJS.ProcessEnv): ReturnType<typeof start> =>
  start("node", ["scripts/below.mjs", "version"], env);

const pinned = /^below \d+\.\d+\.\d+, Node v26\./;
const leftovers = (): string[] => readdirSync(clone).filter((name) => name.startsWith(".setup.lock"));

if (isWanted) describe("a fresh clone", { timeout: limitMs }, freshClone);
else test("a fresh clone", ({ skip }) => skip("takes 40 s; npm run test:fresh runs it, and so does CI"));

function freshClone(): void {
  beforeAll(async () => {
    expect(await start("git", ["clone", "--quiet", root, clone]).ended).toMatchObject({ code: 0 });
  }, limitMs);

  test("below help works before anything is installed, and installs nothing", async () => {
    const { code, stdout } = await below("help").ended;
    expect({ code, firstLine: stdout.split("\n")[0] }).toEqual({
      code: 0,
      firstLine: "Below the API: usage: npx --no-install below COMMAND",
    });
    expect(existsSync(join(clone, "node_modules"))).toBe(false);
  });

  test("kill -9 half way through the first set-up leaves a half node_modules", async () => {
    const { child, ended } = version();
    while (!existsSync(join(clone, "node_modules"))) await sleep(50);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(existsSync(join(clone, "node_modules"))).toBe(true);
  });

  test("two commands at once mend that and set up once: the second waits and says so", async () => {
    const first = version();
    await sleep(500);
    const second = version();
    const [a, b] = await Promise.all([first.ended, second.ended]);
    expect([a.code, b.code]).toEqual([0, 0]);
    expect([a.stdout, b.stdout]).toEqual([expect.stringMatching(pinned), expect.stringMatching(pinned)]);
    expect(a.stderr).toMatch(/^\[set-up\] installing \d+ packages/);
    expect(b.stderr).toMatch(/^\[set-up\] another set-up is running \(pid \d+\); waiting for it\n$/);
    expect(leftovers()).toEqual([]);
  });

  test("when nothing is to do, set-up says nothing, in a moved folder too", async () => {
    const moved = join(parent, "moved");
    renameSync(clone, moved);
    clone = moved;
    expect(await below("version").ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(pinned),
      stderr: expect.not.stringContaining("set-up"),
    });
  });

  test("packages that npm itself installed are taken as they are", async () => {
    rmSync(join(clone, "node_modules", ".below-setup"));
    expect(await version().ended).toMatchObject({ code: 0, stderr: "" });
  });

  test("a damaged node_modules is repaired without a network", async () => {
    truncateSync(join(clone, "node_modules", "zeromq", "package.json"), 20);
    const { code, stderr } = await version({ npm_config_offline: "true" }).ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^\[set-up\] node_modules is damaged \(zeromq\/package\.json\); repairing it\n\[set-up\] installing zeromq…\n/,
    );
    expect((await start("git", ["status", "--short"]).ended).stdout).toBe("");
  });

  test("without a network and without a cache, set-up says what it wants", async () => {
    rmSync(join(clone, "node_modules"), { recursive: true });
    const { code, stderr } = await version({
      npm_config_offline: "true",
      npm_config_cache: join(parent, "no cache"),
    }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /npm ci: want exit code 0, got 1; try again with a network: the first set-up needs one\n$/,
    );
  });
}
