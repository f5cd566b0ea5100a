"""What a cell shows, and what it asks: streams, displays, late output, errors in callbacks, questions."""

import os
import tempfile
import time

from client import PATIENCE, Kernel, record, streams


def memory_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(status.read().split("VmRSS:")[1].split()[0]) / 1024


os.environ["CI"] = ""  # in CI nobody watches, and bars say their last line only
with Kernel(cwd=tempfile.mkdtemp()) as k:
    record("order", outputs=streams(k.run("for (const i of [1, 2]) { console.log('out', i); console.error('err', i) }\nprocess.stdout.write('raw')")[1]))
    record("split", outputs=streams(k.run("process.stdout.write(Buffer.from([0xe2, 0x82])); process.stdout.write(Buffer.from([0xac, 10]))")[1]))

    _, outputs = k.run("for (let i = 0; i < 50000; i++) console.log(i)")
    text = "".join(t for _, t in streams(outputs))
    record("flood whole", same=text == "".join(f"{i}\n" for i in range(50000)), messages=len(outputs))

    message_id = k.send("for (;;) console.log('x'.repeat(200))")
    time.sleep(2)  # a client that reads nothing: the kernel must wait, not pile up
    resident = memory_mb(k.pid)
    answered = k.interrupt()
    record("flood endless", resident=resident, answered=answered, ename=k.reply(message_id)["content"]["ename"], next=k.text("1 + 1"))

    _, outputs = k.run("""
import { html } from "below/display"
const shown = html`<b>${1 + 1}</b>`
display(shown, { displayId: "d" })
console.log("between")
display({ "text/plain": "new" }, { raw: true, displayId: "d", update: true })
clearOutput({ wait: true })
""")
    record("display", outputs=outputs)
    record("asynchronous display", outputs=k.run("display({ async [Symbol.for('Jupyter.display')]() { await null; return { 'text/html': '<i>late</i>' } } }); 1")[1])
    record("own bundle", outputs=k.run("({ [Symbol.for('Jupyter.display')]: () => ({ 'image/png': new Uint8Array([1, 2, 3]) }) })")[1])
    record("bad bundle", reply=k.run("display(7, { raw: true })")[0])
    record("bundle that JSON cannot hold", reply=k.run("display({ 'application/json': { n: 1n } }, { raw: true })")[0], alive=k.text("1"))
    record("imported", outputs=k.run("import { markdown, latex, json } from 'below/display'\ndisplay(markdown('*m*')); display(latex('x^2')); json({ a: [1] })")[1])

    record("values", map=k.text("new Map([[1, { a: [1, [2, [3]]] }]])"), array=k.text("new Float32Array(5)"), long=len(k.text("Array.from({ length: 1e6 }, (_, i) => i)")),
           text=k.text("'a\\nb'"), getter=k.text("({ get bad() { throw new Error('sprung') } })"),
           proxy=k.text("[new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 }, getOwnPropertyDescriptor() { throw 3 } })]"),
           custom=k.text("({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('own fault') } })"),
           error=k.text("new RangeError('kept, not thrown', { cause: new TypeError('the cause') })"), nested=k.text("({ reason: new RangeError('inside') })"),
           colours=k.text("({ a: 'x', n: null })"), keys=len(k.text("Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['key' + i, i]))")),
           pledge=k.text("[Promise.resolve(1), new Promise(() => {})]"), classes=k.text("[class A {}, function f() {}, new Date(0)]"),
           cycle=k.text("const cycle = { inner: {} as any }; cycle.inner.back = cycle; cycle"))
    record("no false runtime", deno=k.text("typeof Deno"), jupyter=k.text("import { jupyter } from 'below/display/deno'; Object.keys(jupyter).length"), still=k.text("typeof Deno"))
    record("tables", outputs=k.run("[{ name: 'Ada', born: 1815 }, { name: 'Alan', born: 1912 }]")[1])
    record("handle", outputs=k.run("const line = display('0 %'); line.update('50 %'); line.clear(); line")[1])
    record("live", outputs=k.run("(async function* () { yield 'to'; await null; yield 'ken' })()")[1], failed=k.run("(async function* () { yield 'half'; throw new Error('cut off') })()"),
           stream=k.text("const stream = new ReadableStream(); stream.locked || stream"), unread=k.text("stream.locked"))

    _, first = k.run("setTimeout(() => console.log('late'), 300); 1")
    late = k.late("stream")
    record("late", text=late["content"]["text"], parent=late["parent_header"]["msg_type"])

    k.run("setTimeout(() => { throw new Error('in a timer') }, 50)")
    thrown = k.late("stream")["content"]
    k.run("void Promise.reject(new Error('nobody listens'))")
    rejected = k.late("stream")["content"]
    record("callbacks", thrown=thrown, rejected=rejected, alive=k.text("'alive'"))

    reply, _ = k.run("process.exit(3)")
    k.run("setTimeout(() => process.exit(4), 50)")
    later = k.late("stream")["content"]
    record("exit", reply=reply, later=later, alive=k.text("'alive'"))

    message_id = k.send("const name = prompt('Who? '); const secret = prompt('Key? ', { password: true }); `${name} ${secret}`", allow_stdin=True)
    questions = []
    for answer in ["Ada", "é" * 100000]:
        questions.append(k.client.get_stdin_msg(timeout=PATIENCE)["content"])
        k.client.input(answer)
    reply = k.reply(message_id)["content"]
    result = next(m for m in k.outputs(message_id) if m["type"] == "execute_result")["data"]["text/plain"]
    record("prompt", questions=questions, status=reply["status"], start=result[:10], length=len(result))
    record("prompt refused", reply=k.run("prompt('x')", allow_stdin=False)[0])

    _, outputs = k.run("let sum = 0; for (const i of progress(5, 'steps')) sum += i; sum")
    record("progress", outputs=outputs, nested=k.run("for (const i of progress(3, 'outer')) for (const j of progress(2, 'inner')) void j")[1])
    message_id = k.send("for (const step of progress(1e9, 'stopped')) { for (let i = 0; i < 1e5; i++); }")
    stopped = k.outputs(message_id, until=lambda m: m["msg_type"] == "update_display_data")[-1]
    k.interrupt()
    k.outputs(message_id)
    record("progress after an interrupt", stopped=stopped, outputs=k.run("for (const i of progress(2, 'next')) void i")[1])

    other = k.connect()
    message = other.session.msg("execute_request", {"code": "console.log('for all'); 5", "silent": False})
    other.shell_channel.send(message)
    record("two clients", heard=[m["type"] for m in k.outputs(message["header"]["msg_id"])])
    other.stop_channels()

os.environ["CI"] = "true"
with Kernel(cwd=tempfile.mkdtemp()) as k:
    record("progress in CI", outputs=k.run("for (const i of progress(5, 'quiet')) void i")[1])
