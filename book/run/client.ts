/**
 * A Jupyter client for one kernel process, over zeromq: what JupyterLab would send, from here.
 * Start it, execute cells one after the other, dispose of it. Knows nothing of chapters.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Request, Subscriber } from "zeromq";
import { type KernelProcess, launchKernel, type LaunchOptions } from "./launch.ts";
import { type Codec, createCodec, type Message } from "./message.ts";

export interface ClientOptions extends LaunchOptions {
  /** A heartbeat unanswered for so long means that the kernel hangs. */
  readonly heartbeatMs?: number;
}

export interface Reply {
  readonly status: "ok" | "error" | "aborted";
  readonly executionCount: number;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** The kernel is gone or does not answer; nothing more can be run on it. */
export class KernelDied extends Error {
  override readonly name = "KernelDied";
}

interface Pending {
  readonly onOutput: (message: Message) => void;
  readonly reply: PromiseWithResolvers<Message>;
  readonly idle: PromiseWithResolvers<void>;
}

const HEARTBEAT_MS = 60_000;
const HEARTBEAT_PAUSE_MS = 2_000;
const START_MS = 60_000;
const ASK_AGAIN_MS = 1_000;
const SHUTDOWN_MS = 3_000;

export class KernelClient {
  readonly #kernel: KernelProcess;
  readonly #codec: Codec;
  readonly #shell = new Dealer({ linger: 0 });
  readonly #control = new Dealer({ linger: 0 });
  readonly #stdin = new Dealer({ linger: 0 });
  // Without a limit: a cell that prints faster than we read must not lose lines.
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #heartbeat = new Request({ linger: 0 });
  /** The first message on iopub. */
  readonly #heard = Promise.withResolvers<void>();
  readonly #pending = new Map<string, Pending>();
  readonly #died = Promise.withResolvers<never>();
  #isDisposed = false;

  private constructor(kernel: KernelProcess) {
    this.#kernel = kernel;
    this.#codec = createCodec(kernel.key);
    this.#died.promise.catch(() => undefined); // whoever waits for an answer hears of it
  }

  /** Starts a kernel and waits until it answers on all channels. Throws KernelDied if it does not. */
  static async start(options: ClientOptions): Promise<KernelClient> {
    try {
      return await KernelClient.#startOnce(options);
    } catch (error) {
      // A port may have been taken between our choice and the kernel's bind: once more, with others.
      if (!(error instanceof KernelDied)) throw error;
      return KernelClient.#startOnce(options);
    }
  }

  static async #startOnce(options: ClientOptions): Promise<KernelClient> {
    const client = new KernelClient(await launchKernel(options));
    try {
      client.#connect(options.heartbeatMs ?? HEARTBEAT_MS);
      await client.#untilReady();
      return client;
    } catch (error) {
      await client.dispose();
      throw error;
    }
  }

  /** Runs one cell to its reply and to the last of its outputs. silent: it shows nothing and does not count. */
  async execute(code: string, onOutput: (message: Message) => void, silent = false): Promise<Reply> {
    const content = {
      code,
      silent,
      store_history: !silent,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    const { reply, idle } = await this.#send(this.#shell, "execute_request", content, onOutput);
    const [answer] = await Promise.race([Promise.all([reply.promise, idle.promise]), this.#died.promise]);
    const { execution_count: executionCount, ...rest } = answer.content;
    return { executionCount, ...rest } as unknown as Reply;
  }

  /** Asks the kernel to stop the running cell; the cell's own reply says that it did, or that the kernel died. */
  async interrupt(): Promise<void> {
    const { reply } = await this.#send(this.#control, "interrupt_request", {});
    await Promise.race([reply.promise, this.#kernel.ended]);
  }

  /** Shuts the kernel down, kills it if it does not go, and closes all sockets. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const sent = this.#send(this.#control, "shutdown_request", { restart: false });
    await Promise.race([
      Promise.all([sent, this.#kernel.ended]),
      this.#kernel.ended,
      sleep(SHUTDOWN_MS, undefined, { ref: false }),
    ]);
    await this.#kernel.dispose();
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat])
      socket.close();
    this.#died.reject(new KernelDied("the kernel was shut down"));
  }

  #connect(heartbeatMs: number): void {
    const { endpoints, ended } = this.#kernel;
    this.#shell.connect(endpoints.shell);
    this.#control.connect(endpoints.control);
    this.#stdin.connect(endpoints.stdin);
    this.#iopub.connect(endpoints.iopub);
    this.#iopub.subscribe();
    void ended.then((how) => this.#died.reject(new KernelDied(`the kernel process ended (${how})`)));
    this.#read(this.#shell, (message) => this.#pending.get(message.parentId ?? "")?.reply.resolve(message));
    this.#read(this.#control, (message) => this.#pending.get(message.parentId ?? "")?.reply.resolve(message));
    this.#read(this.#iopub, (message) => this.#published(message));
    void this.#beat(endpoints.hb, heartbeatMs);
  }

  #published(message: Message): void {
    this.#heard.resolve();
    const pending = this.#pending.get(message.parentId ?? "");
    if (pending === undefined) return;
    if (message.type === "status" && message.content["execution_state"] === "idle") pending.idle.resolve();
    else pending.onOutput(message);
  }

  #read(socket: Dealer | Subscriber, take: (message: Message) => void): void {
    const read = async (): Promise<void> => {
      for await (const frames of socket) take(this.#codec.decode(frames));
    };
    // A message that we cannot read is a fault of ours or the kernel's: whoever waits must hear of it.
    read().catch((error: unknown) => this.#died.reject(error));
  }

  async #send(
    socket: Dealer,
    type: string,
    content: object,
    onOutput: Pending["onOutput"] = () => undefined,
  ): Promise<Pending> {
    const { id, frames } = this.#codec.encode(type, content);
    const pending = {
      onOutput,
      reply: Promise.withResolvers<Message>(),
      idle: Promise.withResolvers<void>(),
    };
    this.#pending.set(id, pending);
    void Promise.all([pending.reply.promise, pending.idle.promise]).then(() => this.#pending.delete(id));
    await socket.send([...frames]);
    return pending;
  }

  /**
   * Until shell answers and iopub was heard (a kernel of protocol 5.4 welcomes a subscriber; any later message
   * will do): only then no output can be missed.
   */
  async #untilReady(): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      const { reply } = await this.#send(this.#shell, "kernel_info_request", {});
      const both = Promise.all([reply.promise, this.#heard.promise]).then(() => true);
      const isReady = await Promise.race([
        both,
        this.#died.promise,
        sleep(ASK_AGAIN_MS, false, { ref: false }),
      ]);
      if (isReady) return;
    }
    throw new KernelDied(`the kernel did not answer within ${START_MS / 1000} s of its start`);
  }

  /** The heartbeat channel echoes whatever it gets while the kernel lives. */
  async #beat(endpoint: string, limitMs: number): Promise<void> {
    const socket = this.#heartbeat;
    socket.receiveTimeout = limitMs;
    socket.connect(endpoint);
    try {
      while (!this.#isDisposed) {
        await socket.send("ping");
        await socket.receive();
        await Promise.race([sleep(HEARTBEAT_PAUSE_MS, undefined, { ref: false }), this.#died.promise]);
      }
    } catch (error) {
      if (this.#isDisposed) return;
      const silence = new KernelDied(`the kernel has not answered its heartbeat for ${limitMs / 1000} s`);
      this.#died.reject(error instanceof KernelDied ? error : silence);
    }
  }
}
