"""Interrupts at every place where a cell can be, then at random moments; and what must be left unharmed."""

import os
import random
import signal
import time

from client import PATIENCE, Kernel, record

NEVER = "await new Promise(() => {})"
WASM = "0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11"
PLACES = {
    "sync loop": "while (true) {}",
    "earlier function": "spin()",
    "try and catch": "for (;;) { try { while (true) {} } catch {} }",
    "allocation": "for (;;) { new Array(1000).fill(0) }",
    "JSON": "for (;;) JSON.parse('[1, 2, 3]')",
    "sort callback": "[3, 2, 1].sort(() => { while (true) {} })",
    "generator": "for (const x of (function* () { for (;;) yield 1 })()) {}",
    "regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "WebAssembly": f"new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([{WASM}]))).exports.f()",
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "await never": NEVER,
    "after await": "await null; while (true) {}",
    "await null loop": "for (;;) await null",
    "microtask": f"queueMicrotask(() => {{ while (true) {{}} }}); {NEVER}",
    "nextTick": f"process.nextTick(() => {{ while (true) {{}} }}); {NEVER}",
    "timer": f"setTimeout(() => {{ while (true) {{}} }}, 5); {NEVER}",
    "immediate": f"setImmediate(() => {{ while (true) {{}} }}); {NEVER}",
    "second immediate": f"setImmediate(() => {{}}); setImmediate(() => {{ while (true) {{}} }}); setImmediate(() => {{}}); {NEVER}",
    "file callback": f"(await import('node:fs')).readFile('cell.txt', () => {{ while (true) {{}} }}); {NEVER}",
    "printing": "for (;;) console.log('x')",
    "displaying": "for (;;) display(1)",
    "busy with a Jupyter.display": "({ [Symbol.for('Jupyter.display')]() { while (true) {} } })",
    "sleeping loop": "for (;;) { globalThis.steps = (globalThis.steps ?? 0) + 1; await new Promise(done => setTimeout(done, 5)) }",
}


def until_busy(k, message_id):
    k.outputs(message_id, until=lambda m: m["msg_type"] == "execute_input")
    time.sleep(0.15)


def interrupted(k, code, **options):
    message_id = k.send(code, **options)
    until_busy(k, message_id)
    k.interrupt()
    return k.reply(message_id)["content"]["ename"]


with Kernel() as k:
    k.run("globalThis.state = 0; globalThis.ticks = 0; setInterval(() => { ticks++ }, 5); function spin() { while (true) {} }")
    alive = "const before = ticks; await new Promise(done => setTimeout(done, 50)); [++state, ticks > before].join()"
    for number, (place, code) in enumerate(PLACES.items(), start=1):
        record(place, ename=interrupted(k, code), health=k.text(alive), want=f"'{number},true'")

    time.sleep(0.2)
    steps = k.text("steps")
    time.sleep(0.2)
    record("no zombie", before=steps, after=k.text("steps"))

    first = interrupted(k, f"globalThis.turns = 0; setInterval(() => {{ turns++ }}, 1); {NEVER}")
    turns = k.text("turns")
    time.sleep(0.2)
    record("interval", ename=first, began=int(turns) > 0, before=turns, after=k.text("turns"))
    record("timers", said=k.text("import { promisify } from 'node:util'; import { setTimeout as later } from 'node:timers'; [setTimeout.name, later === setTimeout, await promisify(setTimeout)(1, 'value'), await new Promise(done => setTimeout(function (...rest) { done([this.constructor.name, ...rest].join()) }, 1, 2, 3))].join()"))

    k.run("const kept = Promise.withResolvers<void>()")
    first = interrupted(k, "await kept.promise; globalThis.revived = true")
    record("zombie beside a cell", first=first, other=k.text("kept.resolve(); await new Promise(done => setTimeout(done, 30)); 'done'"))

    ename = interrupted(k, "const lost = 1; setTimeout(() => { while (true) {} }, 1000); await new Promise(() => {})")
    time.sleep(4)  # the abandoned timer has fired, and nobody asked for anything meanwhile
    record("zombie timer", ename=ename, next=k.text("'free'"), name=k.text("lost"))

    message_id = k.send("prompt('Who?')", allow_stdin=True)
    k.client.get_stdin_msg(timeout=PATIENCE)
    k.interrupt()
    first = k.reply(message_id)["content"]["ename"]
    k.client.input("too late")
    time.sleep(1)  # let it arrive: an answer carries no name of its question
    message_id = k.send("prompt('Again?')", allow_stdin=True)
    k.client.get_stdin_msg(timeout=PATIENCE)
    k.client.input("in time")
    record("prompt", first=first, second=next(m["data"]["text/plain"] for m in k.outputs(message_id) if m["type"] == "execute_result"))

    record("idle", reply=k.interrupt(), next=k.text("'fine'"))

    k.run("const old = 'kept'")
    record("names", ename=interrupted(k, "await null; while (true) {}; const old = 'new'"), old=k.text("old"),
           at_once=interrupted(k, "while (true) {}; const old = 'newer'"), still=k.text("old"))

    ids = [k.send("while (true) {}"), k.send("globalThis.second = true")]
    until_busy(k, ids[0])
    k.interrupt()
    replies = [k.reply(i)["content"]["status"] for i in ids]
    record("queue", replies=replies, second=k.text("typeof second"), next=k.text("1"))

    message_id = k.send("while (true) {}")
    until_busy(k, message_id)
    os.kill(k.pid, signal.SIGINT)
    record("SIGINT", ename=k.reply(message_id)["content"]["ename"], next=k.text("'alive'"))

    random.seed(1)
    loops = ["while (true) {}", "for (;;) await null", "for (;;) { await new Promise(done => setTimeout(done, 1)); for (let i = 0; i < 1e6; i++); }",
             "for (;;) console.log(1)", "for (;;) { JSON.stringify({ a: [1, 2] }); await null }", "setTimeout(() => { for (;;); }, 3); " + NEVER]
    seen = []
    for _ in range(60):
        message_id = k.send(random.choice(loops))
        k.outputs(message_id, until=lambda m: m["content"].get("execution_state") == "busy")
        time.sleep(random.random() * 0.03)
        k.interrupt()
        seen.append(k.reply(message_id)["content"]["ename"])
    record("random", enames=sorted(set(seen)), count=len(seen), health=k.text("await new Promise(done => setTimeout(done, 5)); ++state"), want=str(len(PLACES) + 1))

with Kernel() as k:
    hooked = "import { createHook } from 'node:async_hooks'; createHook({ init() {} }).enable(); 1"
    record("async hooks", enabled=k.text(hooked), ename=interrupted(k, "await new Promise(() => {})"), alive=k.text("'alive'"))
