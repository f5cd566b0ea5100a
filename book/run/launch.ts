/**
 * Starts a kernel process with a connection file of its own, and knows when and how it ended.
 * Owns the process and the file's folder; dispose() leaves neither.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const CHANNELS = ["shell", "iopub", "control", "stdin", "hb"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface KernelProcess {
  readonly pid: number;
  readonly key: string;
  readonly endpoints: Readonly<Record<Channel, string>>;
  /** How it ended, for a person: "exit code 1", "SIGKILL", with the last lines it wrote. Never rejects. */
  readonly ended: Promise<string>;
  /** Kills it if it still runs, and waits. */
  dispose(): Promise<void>;
}

const ADDRESS = "127.0.0.1";
/** Of what a kernel writes to its own stderr, the end says why it died. */
const TAIL_CHARS = 4000;

export interface LaunchOptions {
  /** As in a kernelspec: `{connection_file}` stands for the path. */
  readonly argv: readonly string[];
  readonly cwd: string;
}

export async function launchKernel({ argv, cwd }: LaunchOptions): Promise<KernelProcess> {
  const ports = await freePorts(CHANNELS.length);
  const key = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), "below-kernel-"));
  const file = join(folder, "connection.json");
  const named = Object.fromEntries(CHANNELS.map((channel, index) => [`${channel}_port`, ports[index]]));
  const connection = {
    transport: "tcp",
    ip: ADDRESS,
    key,
    signature_scheme: "hmac-sha256",
    kernel_name: "below",
    ...named,
  };
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
  const [program, ...rest] = argv.map((each) => each.replace("{connection_file}", file));
  // The kernel ends itself when this process is gone, however it went.
  // Chapters are checked as wholes before they run (book/check): not again cell by cell.
  const settings = { BELOW_HISTORY: "off", BELOW_TYPECHECK: "off" };
  const env = { ...process.env, JPY_PARENT_PID: String(process.pid), ...settings };
  const child = spawn(program, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = watch(child).finally(() => rmSync(folder, { recursive: true, force: true }));
  const endpoint = (channel: Channel): string => `tcp://${ADDRESS}:${ports[CHANNELS.indexOf(channel)]}`;
  return {
    pid: child.pid ?? -1,
    key,
    endpoints: Object.fromEntries(CHANNELS.map((channel) => [channel, endpoint(channel)])) as Record<
      Channel,
      string
    >,
    ended,
    async dispose() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function watch(child: ChildProcess): Promise<string> {
  let tail = "";
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-TAIL_CHARS);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  // Node's own words when a process with an inspector session ends: they explain nothing.
  const said = (): string => tail.replaceAll(/^Waiting for the debugger to disconnect\.\.\.$/gm, "").trim();
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return `${signal ?? `exit code ${code}`}${said() && `: ${said()}`}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Held together, so that they differ; another process may still take one before the kernel binds it (see client.ts). */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, ADDRESS));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
