import { tmpdir } from "node:os";
import { afterEach, expect, test } from "vitest";
import { kernelArgv } from "../../kernel/index.ts";
import { KernelClient, KernelDied } from "./client.ts";
import { createCodec, type Message } from "./message.ts";
import { OutputCollector } from "./outputs.ts";

const clients: KernelClient[] = [];
afterEach(async () => void (await Promise.all(clients.splice(0).map((client) => client.dispose()))));

async function start(heartbeatMs?: number): Promise<KernelClient> {
  const client = await KernelClient.start({
    argv: kernelArgv(),
    cwd: tmpdir(),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
  });
  clients.push(client);
  return client;
}

const message = (type: string, content: Record<string, unknown>): Message => ({
  type,
  parentId: "",
  content,
});

test("a cell's reply comes with all of its outputs, in order, however many", async () => {
  const client = await start();
  const { outputs, take } = new OutputCollector().cell();
  const reply = await client.execute("for (let i = 0; i < 5000; i++) console.log(i);\n1 + 1", take);
  expect(reply).toMatchObject({ status: "ok", executionCount: 1 });
  expect(outputs).toHaveLength(2);
  expect(outputs[0]["text"]).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  expect(outputs[1]).toMatchObject({ output_type: "execute_result", data: { "text/plain": "2" } });
});

test("an error has its name, text and traceback; what was defined stays", async () => {
  const client = await start();
  const ignore = (): void => undefined;
  await client.execute("const a = 1;", ignore);
  expect(await client.execute('throw new RangeError("no");', ignore)).toMatchObject({
    status: "error",
    ename: "RangeError",
    evalue: "no",
  });
  const { outputs, take } = new OutputCollector().cell();
  await client.execute("a", take);
  expect(outputs[0]["data"]).toEqual({ "text/plain": "1" });
});

test("an interrupt ends an endless loop, and the kernel lives", async () => {
  const client = await start();
  const running = client.execute("console.log(1);\nfor (;;);", () => void client.interrupt());
  expect((await running).status).toBe("error");
  expect((await client.execute("1", () => undefined)).status).toBe("ok");
});

test("a kernel that hangs as a whole is noticed by its heartbeat", async () => {
  const client = await start(1500);
  const running = client.execute(
    "console.log(process.pid);\nprocess.kill(process.pid, 'SIGSTOP');",
    () => undefined,
  );
  await expect(running).rejects.toThrow(
    new KernelDied("the kernel has not answered its heartbeat for 1.5 s"),
  );
});

test("a command that is no kernel is said, with what it wrote", async () => {
  const argv = [process.execPath, "-e", "console.error('no such kernel'); process.exit(7)"];
  await expect(KernelClient.start({ argv, cwd: tmpdir() })).rejects.toThrow(
    /^the kernel process ended \(exit code 7: no such kernel\)$/,
  );
  await expect(KernelClient.start({ argv: ["/no/such/program"], cwd: tmpdir() })).rejects.toThrow(
    /^the kernel process ended \(spawn .* ENOENT\)$/,
  );
});

test("a message with a wrong signature is refused", () => {
  const { frames } = createCodec("one").encode("status", {});
  const bytes = frames.map((frame) => Buffer.from(frame));
  expect(createCodec("one").decode(bytes).type).toBe("status");
  expect(() => createCodec("two").decode(bytes)).toThrow("wrong signature");
  expect(() => createCodec("one").decode(bytes.slice(1))).toThrow("malformed");
});

test("streams join by name, and clear_output clears now or before the next output", () => {
  const { outputs, take } = new OutputCollector().cell();
  const print = (name: string, text: string): void => take(message("stream", { name, text }));
  print("stdout", "a");
  print("stdout", "b");
  print("stderr", "c");
  expect(outputs.map((output) => output["text"])).toEqual(["ab", "c"]);
  take(message("clear_output", { wait: true }));
  expect(outputs).toHaveLength(2);
  print("stderr", "d");
  expect(outputs.map((output) => output["text"])).toEqual(["d"]);
  take(message("clear_output", { wait: false }));
  expect(outputs).toEqual([]);
});

test("an update reaches every display of its id, also in an earlier cell, and no other", () => {
  const collector = new OutputCollector();
  const show = (type: string, id: string, text: string): Message =>
    message(type, { data: { "text/plain": text }, metadata: {}, transient: { display_id: id } });
  const [first, second] = [collector.cell(), collector.cell()];
  first.take(show("display_data", "x", "1"));
  first.take(show("display_data", "y", "2"));
  second.take(show("display_data", "x", "3"));
  second.take(show("update_display_data", "x", "4"));
  const texts = [...first.outputs, ...second.outputs].map(
    ({ data }) => (data as Record<string, string>)["text/plain"],
  );
  expect(texts).toEqual(["4", "2", "4"]);
});
