/**
 * The kernel process: `node … kernel/main.ts -f CONNECTION_FILE`.
 * Two threads: this one runs the user's code (kernel/host); a worker speaks Jupyter (kernel/session), so that heartbeat,
 * interrupt and output live while a cell is busy. Only built-ins are imported here: the worker must start first.
 */
import { writeSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { getHeapStatistics } from "node:v8";
import { MessageChannel, SHARE_ENV, Worker } from "node:worker_threads";
import type { Link, WorkerInput } from "./host/port.ts";

const logDescriptor = 6; // as memory.logDescriptor in host/port.ts: only built-ins are imported here

const { values } = parseArgs({
  options: { "connection-file": { type: "string", short: "f" } },
  strict: false,
});
const connectionFile = values["connection-file"];
if (typeof connectionFile !== "string") {
  console.error("kernel: want -f CONNECTION_FILE as a Jupyter client passes it, got none; try npm run lab");
  process.exit(2);
}

// Read by the next kernel of this connection file (session/wake.ts), and removed. No environment in it: that holds secrets.
const reportFile = path.join(
  path.dirname(connectionFile),
  `${path.basename(connectionFile, ".json")}.report.json`,
);
Object.assign(process.report, {
  reportOnFatalError: true,
  directory: path.dirname(reportFile),
  filename: path.basename(reportFile),
  compact: true,
  excludeEnv: true,
  excludeNetwork: true,
});
const link = startWorker(connectionFile);
keepBlocking(process.stdout);
keepBlocking(process.stderr);
const { startHost } = await import("./host/host.ts");
startHost(link);

function startWorker(connectionFile: string): Link {
  const messages = new MessageChannel();
  const inputs = new MessageChannel();
  const shared = new Int32Array(new SharedArrayBuffer(64));
  const input: WorkerInput = {
    link: { port: messages.port2, inputPort: inputs.port2, shared },
    connectionFile,
    reportFile,
    // V8's own figure counts the young generation, three times 40 MB: the old one is full before that.
    heapLimitBytes: getHeapStatistics().heap_size_limit - 120 * 2 ** 20,
    parentPid: Number(process.env["JPY_PARENT_PID"] ?? 0),
  };
  const loader = new URL("./loader/register.mjs", import.meta.url).href;
  const worker = new Worker(new URL("./session/worker.ts", import.meta.url), {
    workerData: input,
    // Messages are young garbage: without a bound V8 lets some 20 MB of it pile up before it looks.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    transferList: [messages.port2, inputs.port2],
    env: SHARE_ENV, // `%env` sets what cells read
    // A worker inherits no loader hooks. The internals are for its signals (session/lifetime.ts).
    execArgv: ["--import", loader, "--expose-internals", "--no-warnings"],
  });
  const exit = process.exit.bind(process); // before cells get one that throws
  worker.on("error", (error) => {
    // Not by console, and perhaps not by 2: those are the cells' by now (session/descriptors.ts).
    writeSync(
      Atomics.load(shared, logDescriptor) || 2,
      `kernel: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    exit(1);
  });
  worker.on("exit", (code) => exit(code));
  return { port: messages.port1, inputPort: inputs.port1, shared };
}

/**
 * Node makes a pipe that it opens non-blocking, and with it the client's own stderr where the two are one: papermill's
 * traceback then stops in the middle. (Importing node:util is enough to open stderr.) Files and terminals are not concerned.
 */
function keepBlocking(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (on: boolean) => void } };
  handle?.setBlocking?.(true);
}
