/**
 * The worker thread of a kernel: opens the sockets, wires them to the session, and closes everything in the right order.
 * Started by kernel/main.ts with a WorkerInput.
 */
import { constants } from "node:os";
import { workerData } from "node:worker_threads";
import { memory, type WorkerInput } from "../host/port.ts";
import { readConnection } from "../wire/connection.ts";
import { Codec, WireError, type Message } from "../wire/message.ts";
import { closeSockets, openSockets, type Channel, type Frames } from "../wire/sockets.ts";
import { createLanguage } from "../language/index.ts";
import { interrupt, stopCell, watchCallbacks } from "./interrupt.ts";
import { Cells } from "./cells.ts";
import { historyFolder } from "./history-files.ts";
import { History } from "./history.ts";
import { broadcast, status, type Kernel } from "./kernel.ts";
import { log, logDescriptor } from "./log.ts";
import { captureDescriptors } from "./descriptors.ts";
import { endChildren } from "./children.ts";
import { watchMemory } from "./memory.ts";
import { openWake } from "./wake.ts";
import { takeSignals, watchParent } from "./lifetime.ts";
import { takeAnswer, takeEvent, takeNative } from "./outputs.ts";
import { register, writeConnection } from "../wire/registration.ts";
import { takeRequest } from "./requests.ts";
import { createShell } from "./shells.ts";
import { Streams } from "./streams.ts";
import { MainThread } from "./thread.ts";

/** A main that does not exit by itself in this time (a loop in an exit handler) is killed. */
const lastResortMs = 10_000;
/** How long a cell that is being stopped may keep the end waiting. */
const stoppingMs = 1000;
const subscribed = 1;

// A promise that nobody awaits must not end the kernel: what it was about is lost, the rest goes on.
process.on("unhandledRejection", (reason) =>
  log(`bug: ${reason instanceof Error ? reason.stack : String(reason)}`),
);
await serve(workerData as WorkerInput);

async function serve({
  link,
  connectionFile,
  parentPid,
  reportFile,
  heapLimitBytes,
}: WorkerInput): Promise<void> {
  const given = readConnection(connectionFile);
  const wake = openWake(connectionFile, reportFile);
  const codec = new Codec(given);
  const { sockets, connection } = await openSockets(given);
  const streams = new Streams(link.shared, (name, text, cell) =>
    broadcast(kernel, "stream", { name, text }, cell?.request.header),
  );
  const history = new History(historyFolder(process.cwd(), process.env));
  const main = new MainThread(link, (event) => takeEvent(kernel, link, event));
  const kernel: Kernel = {
    connection,
    codec,
    sockets,
    main,
    streams,
    mainShell: createShell(history),
    subshells: new Map(),
    history,
    comms: new Map(),
    cells: new Cells(),
    descriptors: undefined,
    wake,
    asking: false,
    language: createLanguage({
      folder: process.cwd(),
      peek: (method, parameters) => main.peek(method, parameters),
    }),
    preparing: new Set(),
    exit: () => void end(),
  };
  const stopped = "below: stopped a callback that kept the kernel busy while no cell ran\n";
  const ends = [
    watchCallbacks(main, () => streams.append("stderr", stopped, kernel.cells.of(undefined))),
    watchParent(parentPid, () => void end()),
    watchMemory(main, heapLimitBytes, (why) => void interrupt(main, why)),
  ];
  kernel.descriptors = captureDescriptors(
    (name, text) => takeNative(kernel, name, text),
    () => main.isFull,
  );
  Atomics.store(link.shared, memory.logDescriptor, logDescriptor());
  takeSignals({
    [constants.signals.SIGINT]: () => void stopCell(kernel),
    [constants.signals.SIGTERM]: () => void end(),
    [constants.signals.SIGHUP]: () => void end(),
  });

  let ending = false;
  async function end(code = 0): Promise<void> {
    if (ending) return;
    ending = true;
    for (const stop of ends) stop();
    wake.close();
    endChildren();
    kernel.language.dispose();
    setTimeout(() => process.kill(process.pid, "SIGKILL"), lastResortMs).unref();
    await Promise.race([stopCell(kernel), new Promise((resolve) => setTimeout(resolve, stoppingMs))]);
    kernel.descriptors?.close();
    await closeSockets(sockets, connection);
    main.exit(code);
  }

  if (given.registration_port !== undefined) {
    try {
      await register(connection, codec);
      ends.push(writeConnection(connectionFile, connection));
    } catch (error) {
      log((error as Error).message);
      return end(1);
    }
  }
  let greeted = false;
  sockets.iopub.listen((frames) => {
    if (!welcome(kernel, frames) || greeted) return;
    greeted = true; // sooner nobody would hear it, and a front end whose kernel restarts waits for it
    void status(kernel, "starting", undefined);
  });
  const take = (channel: Channel, handle: (message: Message) => void): void =>
    channel.listen((frames) => decode(codec, frames, handle));
  take(sockets.stdin, (message) => takeAnswer(kernel, link, message));
  take(sockets.control, (message) => takeRequest(kernel, sockets.control, message));
  take(sockets.shell, (message) => takeRequest(kernel, sockets.shell, message));
}

/** Hands a message on; what is unsigned, malformed or replayed is dropped with a line in the log. */
function decode(codec: Codec, frames: Frames, handle: (message: Message) => void): void {
  try {
    handle(codec.decode(frames));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    log(`dropped a message: ${error.message}`);
  }
}

/** Tells a new subscriber that it is heard (JEP 65), so that no client has to guess when output is safe. False for other frames. */
function welcome(kernel: Kernel, [frame]: Frames): boolean {
  if (frame?.[0] !== subscribed) return false;
  const topic = Buffer.from(frame.subarray(1));
  const message = kernel.codec.create("iopub_welcome", { subscription: topic.toString() }, undefined, {
    identities: [topic],
  });
  void kernel.sockets.iopub.send(kernel.codec.encode(message));
  return true;
}
