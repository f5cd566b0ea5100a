/**
 * The kernel process: `node … kernel/main.ts -f CONNECTION_FILE`.
 * Two threads: this one runs the user's code (kernel/host); a worker speaks Jupyter (kernel/session), so that heartbeat,
 * interrupt and output live while a cell is busy. Only built-ins are imported here: the worker must start first.
 */
import { writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Link, WorkerInput } from "./host/port.ts";

const { values } = parseArgs({
  options: { "connection-file": { type: "string", short: "f" } },
  strict: false,
});
const connectionFile = values["connection-file"];
if (typeof connectionFile !== "string") {
  console.error("kernel: want -f CONNECTION_FILE as a Jupyter client passes it, got none; try npm run lab");
  process.exit(2);
}

const link = startWorker(connectionFile);
const { startHost } = await import("./host/host.ts");
startHost(link);

function startWorker(connectionFile: string): Link {
  const messages = new MessageChannel();
  const inputs = new MessageChannel();
  const shared = new Int32Array(new SharedArrayBuffer(64));
  const input: WorkerInput = {
    link: { port: messages.port2, inputPort: inputs.port2, shared },
    connectionFile,
    parentPid: Number(process.env["JPY_PARENT_PID"] ?? 0),
  };
  const loader = new URL("./loader/register.mjs", import.meta.url).href;
  const worker = new Worker(new URL("./session/worker.ts", import.meta.url), {
    workerData: input,
    transferList: [messages.port2, inputs.port2],
    // A worker inherits no loader hooks. The internals are for its signals (session/lifetime.ts).
    execArgv: ["--import", loader, "--expose-internals", "--no-warnings"],
  });
  const exit = process.exit.bind(process); // before cells get one that throws
  worker.on("error", (error) => {
    // Not by console: that is the cells' by now.
    writeSync(2, `kernel: ${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  });
  worker.on("exit", (code) => exit(code));
  return { port: messages.port1, inputPort: inputs.port1, shared };
}
