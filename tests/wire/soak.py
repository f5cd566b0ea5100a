"""The long run: interrupts at random moments, mutated messages, many cells. One fact a part, one line for each thing that went wrong.

Arguments: PART COUNT SEED [gpu]; with the last there is a GPU to wait for (soak.ts finds SwiftShader).
"""

import json
import os
import random
import sys
import time
from queue import Empty

import zmq
from client import PATIENCE, Kernel, record, streams

NEVER = "await new Promise(() => {})"
WASM = "0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11"
PLACES = {
    "sync": "while (true) {}",
    "timer": f"setTimeout(() => {{ for (;;); }}, 3); {NEVER}",
    "interval": f"setInterval(function () {{ for (let end = performance.now() + 3; performance.now() < end;); }}, 1); {NEVER}",
    "after await": "for (;;) { await new Promise(done => setTimeout(done, 1)); for (let i = 0; i < 1e6; i++); }",
    "await null": "for (;;) await null",
    "microtask": f"queueMicrotask(() => {{ for (;;); }}); {NEVER}",
    "WebAssembly": f"new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([{WASM}]))).exports.f()",
    "regular expression": "for (;;) /^(a+)+$/.test('a'.repeat(26) + 'b')",
    "generator": "for (const x of (function* () { for (;;) yield 1 })()) {}",
    "async generator": "for await (const x of (async function* () { for (;;) yield 1 })()) {}",
    "AsyncLocalStorage": "await storage.run({ n: 1 }, async () => { for (;;) { await new Promise(done => setTimeout(done, 1)); for (let i = 0; i < 1e6; i++) storage.getStore(); } })",
    "immediate": f"setImmediate(() => {{}}); setImmediate(() => {{ for (;;); }}); {NEVER}",
    "immediates": "for (;;) { await new Promise(done => { setImmediate(() => {}); setImmediate(() => { for (let i = 0; i < 1e5; i++); done() }); setImmediate(() => {}) }) }",
    "printing": "for (;;) console.log(1)",
    "JSON and await": "for (;;) { JSON.stringify({ a: [1, 2] }); await null }",
}
GPU = """
import { create, globals } from "webgpu";
Object.assign(globalThis, globals);
const gpu = create([]);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice();
const shader = device.createShaderModule({ code: "@group(0) @binding(0) var<storage, read_write> x: array<f32>; @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { for (var i = 0; i < 200; i++) { x[id.x] = x[id.x] * 0.5 + 1.0; } }" });
const pipeline = device.createComputePipeline({ layout: "auto", compute: { module: shader } });
const values = device.createBuffer({ size: 65536, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
const bind = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: values } }] });
async function compute(): Promise<number> {
  const back = device.createBuffer({ size: 65536, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline); pass.setBindGroup(0, bind); pass.dispatchWorkgroups(256); pass.end();
  encoder.copyBufferToBuffer(values, 0, back, 0, 65536);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(GPUMapMode.READ);
  const first = new Float32Array(back.getMappedRange())[0];
  back.destroy();
  return first;
}
await compute()
"""
ALIVE = "state++; const before = ticks; while (ticks === before) await new Promise(done => setTimeout(done, 2)); await new Promise(done => setImmediate(done)); `${state} ${[...marks.keys()].join()}`"


def hung(k):
    """What can still be said of a kernel whose cell does not end: whether main computes, and whether an interrupt frees it."""
    made = k.ask("create_subshell_request", {}, "control")["subshell_id"]
    message = k.client.session.msg("execute_request", {"code": "state", "silent": False})
    message["header"]["subshell_id"] = made
    k.client.shell_channel.send(message)
    seen = [m.get("evalue") or m.get("data") for m in k.outputs(message["header"]["msg_id"]) if m["type"] in ("error", "execute_result")]
    k.interrupt()
    return f"beside it: {seen}; after an interrupt: {k.text('1 + 1')}, timers: {k.text('await new Promise(done => setTimeout(done, 7)); 1')}"


def interrupts(count, has_gpu):
    """Each one: a cell, an interrupt at a random moment, then the state must be what it was, and timers and promises work."""
    dead = lost = wrong = expected = 0
    places, waits = dict(PLACES), []
    with Kernel() as k:
        setup = "import { AsyncLocalStorage } from 'node:async_hooks'; const storage = new AsyncLocalStorage(); let state = 0, ticks = 0; setInterval(() => { ticks++ }, 3); const marks = new Map([['a', 1], ['b', 2]]);"
        assert k.run(setup)[0]["status"] == "ok"
        if has_gpu:
            first = k.text(GPU)
            if first == "2":
                places["GPU wait"] = "for (;;) await compute()"
            else:
                print(json.dumps({"promise": "fault", "text": f"GPU: {first}"}), flush=True)
        seen = dict.fromkeys(places, 0)
        for number in range(count):
            place = random.choice(list(places)) if number >= len(places) else list(places)[number]
            seen[place] += 1
            message_id = k.send(places[place])
            k.outputs(message_id, until=lambda m: m["content"].get("execution_state") == "busy")
            time.sleep(random.random() * 0.03)
            began = time.perf_counter()
            k.interrupt()
            ename = k.reply(message_id)["content"].get("ename")
            waits.append(1000 * (time.perf_counter() - began))
            wrong += ename != "Interrupted"
            try:
                text = k.text(ALIVE)
            except Empty:
                text = f"no end within {PATIENCE} s; {hung(k)}"
            expected += 1
            if text != f"'{expected} a,b'":
                lost, expected = lost + 1, int(k.text("state"))
                print(json.dumps({"promise": "fault", "text": f"{place}: {text}"}), flush=True)
            if k.manager.provisioner.process.poll() is not None:
                dead += 1
                break
            k.kept.clear()
            if number % 100 == 99:
                print(f"[{number + 1} interrupts]", file=sys.stderr, flush=True)
        try:
            gpu = k.text("await compute()") if "GPU wait" in places else None
        except Empty:
            gpu = f"no answer within {PATIENCE} s"
    waits.sort()
    record("interrupts", count=len(waits), dead=dead, lost=lost, wrong=wrong, gpu=gpu, places=seen, medianMs=round(waits[len(waits) // 2], 1), p99Ms=round(waits[int(len(waits) * 0.99)], 1), worstMs=round(waits[-1], 1))


ODD = [None, True, -1, 0, 1e308, "", "x" * 10_000, "\u0000\ud800", [], {}, [[[[]]]], {"a": {"b": {}}}, "constructor", "__proto__"]
BASES = [
    ("execute_request", {"code": "1 + 1", "silent": False, "store_history": True, "user_expressions": {"a": "1"}, "allow_stdin": False, "stop_on_error": False}),
    ("complete_request", {"code": "Math.m", "cursor_pos": 6}), ("inspect_request", {"code": "Math.max", "cursor_pos": 4, "detail_level": 0}),
    ("history_request", {"hist_access_type": "search", "pattern": "*", "n": 3, "unique": True, "output": True, "raw": True}), ("is_complete_request", {"code": "f("}),
    ("comm_info_request", {"target_name": "x"}), ("comm_open", {"comm_id": "c", "target_name": "x", "data": {}}), ("comm_msg", {"comm_id": "c", "data": {}}), ("comm_close", {"comm_id": "c", "data": {}}),
    ("kernel_info_request", {}), ("interrupt_request", {}), ("create_subshell_request", {}), ("list_subshell_request", {}), ("delete_subshell_request", {"subshell_id": "x"}),
    ("usage_request", {}), ("connect_request", {}), ("input_reply", {"value": "x"}), ("debug_request", {"seq": 1, "type": "request", "command": "initialize", "arguments": {}}),
]


def spoil_value(value):
    """One value of a tree of JSON, replaced, dropped, added or renamed."""
    if not isinstance(value, dict) or not value or random.random() < 0.15:
        return random.choice(ODD)
    spoiled, key = dict(value), random.choice(list(value))
    kind = random.randrange(4)
    if kind == 0:
        spoiled[key] = spoil_value(spoiled[key])
    elif kind == 1:
        del spoiled[key]
    elif kind == 2:
        spoiled[str(random.choice(ODD))[:50]] = random.choice(ODD)
    else:
        spoiled[key] = random.choice(ODD)
    return spoiled


def mutated(session):
    """A message that is wrong in some way: half are signed rightly, so that the wrong thing is what is read."""
    kind, content = random.choice(BASES)
    message = session.msg(kind, content)
    if random.random() < 0.5:
        message["header"]["subshell_id"] = random.choice([None, "x", 7])
    parts = [message["header"], message["parent_header"], message["metadata"], message["content"]]
    for _ in range(random.randrange(1, 3)):
        index = random.randrange(4)
        parts[index] = spoil_value(parts[index])
    if "shutdown" in json.dumps(parts, default=str):
        return mutated(session)
    frames = [json.dumps(part, default=str).encode() for part in parts]
    if random.random() < 0.3:
        index = random.randrange(4)
        broken = bytearray(frames[index])
        for _ in range(random.randrange(1, 4)):
            broken[random.randrange(len(broken))] = random.randrange(256)
        frames[index] = bytes(broken)
    signature = session.sign(frames)
    whole = [b"<IDS|MSG>", signature, *frames, *[os.urandom(8)] * random.randrange(3)]
    if random.random() < 0.5:
        return whole
    index = random.randrange(len(whole))
    how = random.randrange(4)
    return [*whole[:index], *([], [whole[index]] * 2, [os.urandom(random.randrange(64))], [whole[index][:-1]])[how], *whole[index + 1:]]


def mutations(count):
    with Kernel() as k:
        info = k.manager.get_connection_info()
        names = ["shell_port", "control_port", "stdin_port", "hb_port"]
        sockets = []
        for name in names:
            socket = zmq.Context.instance().socket(zmq.DEALER)
            socket.linger = 0
            socket.connect(f"tcp://{info['ip']}:{info[name]}")
            sockets.append(socket)
        answered = 0
        for number in range(count):
            socket = sockets[number % len(sockets)]
            socket.send_multipart(mutated(k.client.session))
            for each in sockets:
                while each.poll(0):
                    each.recv_multipart()
                    answered += 1
            if number % 250 == 249 and k.ask("kernel_info_request", {}, "control")["status"] != "ok":
                break
            while k.client.iopub_channel.msg_ready():
                k.client.get_iopub_msg(timeout=1)
        alive = k.text("40 + 2")
        record("mutations", count=number + 1, answered=answered, crashed=k.manager.provisioner.process.poll() is not None, alive=alive)
        for socket in sockets:
            socket.close()


CELLS = [
    "const value = {n}; value * 2", "let list = Array.from({{ length: 1000 }}, (_, i) => i + {n}); list.length", "function f{n}(x: number): number {{ return x + {n} }}\nf{n}(1)",
    "class Point {{ constructor(readonly x: number) {{}} }}\nnew Point({n})", "await new Promise<void>(done => setTimeout(done, 1)); {n}", "throw new RangeError('no {n}')",
    "for (let i = 0; i < 50; i++) console.log('line {n}', i)", "display({{ a: {n} }})", "let = {n}", "new Map([[{n}, 'x'.repeat(100)]])", "console.error('{n}')", "import {{ join }} from 'node:path'; join('a', '{n}')",
]
RESIDENT = "import { setFlagsFromString as setFlag } from 'node:v8'; import { runInNewContext as inNew } from 'node:vm'; setFlag('--expose-gc'); for (let i = 0; i < 2; i++) inNew('gc')({ type: 'major', execution: 'sync', flavor: 'last-resort' }); process.memoryUsage().rss"


def cells(count, warm):
    """Resident memory from `warm` cells on, when V8 has given back what it only holds in reserve."""
    with Kernel() as k:
        sizes = []
        for number in range(count + 1):
            if number >= warm and (number - warm) % 25 == 0:
                sizes.append(int(k.text(RESIDENT)) / 1e6)
            k.run(CELLS[number % len(CELLS)].format(n=number), stop_on_error=False)
        third = max(len(sizes) // 4, 1)
        start, end = sorted(sizes[:third])[third // 2], sorted(sizes[-third:])[third // 2]
        record("cells", count=count, startMB=round(start, 1), endMB=round(end, 1), sizes=[round(size, 1) for size in sizes], growth=round(end / start - 1, 4))


part, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
if part == "interrupts":
    interrupts(count, sys.argv[4:] == ["gpu"])
elif part == "mutations":
    mutations(count)
else:
    cells(count, min(200, count // 2))
