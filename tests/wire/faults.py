"""What would end or damage an ordinary process: memory, crashes, recursion, floods, native output, loops that nobody awaits."""

import os
import signal
import sys
import tempfile
import time

from client import ARGV, PATIENCE, BelowManager, Kernel, record, streams

SMALL_HEAP = [ARGV[0], "--max-old-space-size=400", *ARGV[1:]]


def joined(outputs, name):
    return "".join(text for kind, text in streams(outputs) if kind == name)


with Kernel() as k:
    recursion = k.run("function deep(): number { return deep() + 1 }\ndeep()")[0]
    record("stack overflow", ename=recursion["ename"], lines=len(recursion["traceback"]), alive=k.text("'alive'"))

    _, outputs = k.run("import { spawnSync } from 'node:child_process'\nspawnSync('sh', ['-c', 'echo child; echo oops >&2'], { stdio: 'inherit' })\nconsole.log('own')")
    record("child process", stdout=joined(outputs, "stdout"), stderr=joined(outputs, "stderr"))
    _, outputs = k.run("import { writeSync } from 'node:fs'\nwriteSync(1, 'by descriptor\\n'); writeSync(2, 'also stderr\\n'); 1")
    record("descriptors", stdout=joined(outputs, "stdout"), stderr=joined(outputs, "stderr"))
    _, outputs = k.run("spawnSync('sh', ['-c', 'yes | head -c 3000000'], { stdio: 'inherit' }); 1")
    record("child flood", size=len(joined(outputs, "stdout")), next=k.text("'next'"))
    k.run("import { spawn } from 'node:child_process'\nspawn('sh', ['-c', 'sleep 0.3; echo later'], { stdio: 'inherit' }); 1")
    late = k.late("stream")
    record("late child", text=late["content"]["text"], parent=late["parent_header"]["msg_type"])

    first = k.send("setTimeout(() => console.log('from the first'), 400); 1")
    k.outputs(first)
    k.reply(first)
    second = k.send("await new Promise(done => setTimeout(done, 800)); console.log('from the second')")
    heard = []
    while len(heard) < 2:
        message = k.late("stream")
        heard.append([message["content"]["text"], [first, second].index(message["parent_header"]["msg_id"])])
    k.reply(second)
    record("late output beside a cell", heard=heard)

    _, outputs = k.run("const console = { log() {} }, Promise = 1, queueMicrotask = 2, setTimeout = 3, process = 4, Map = 5, Error = 6; 'shadowed'")
    record("shadowed", result=[m["data"]["text/plain"] for m in outputs if m["type"] == "execute_result"], warned=joined(outputs, "stderr").count("now hides"),
           next=k.text("await null; [1].map(x => x + 1)"), error=k.run("throw new TypeError('still described')")[0]["ename"])

with Kernel() as k:
    k.run("const kept = 'old'; class Shape { sides = 3 }")
    failed = k.run("const kept = (() => { throw new Error('no') })(); class Shape { sides = 4 }")[0]["ename"]
    record("failed redeclaration", ename=failed, kept=k.text("kept"), shape=k.text("new Shape().sides"))

    k.run("setTimeout(() => { for (;;); }, 50); 1")
    time.sleep(0.5)
    record("abandoned timer", answer=k.text("'got through'"))

    _, outputs = k.run("for (let i = 0; i < 12; i++) console.log('y'.repeat(1e6)); 'end'")
    text = joined(outputs, "stdout")
    record("cap", size=len(text), note=text[-120:], result=[m["data"]["text/plain"] for m in outputs if m["type"] == "execute_result"])

    hooked = k.run("import { createHook } from 'node:async_hooks'; const hook = createHook({ init() {} }).enable(); 1")[0]["status"]
    message_id = k.send("await null; console.log('begun'); for (let end = Date.now() + 4000; Date.now() < end;);")
    k.outputs(message_id, until=lambda m: m["msg_type"] == "stream")
    k.interrupt()
    first = k.reply(message_id)["content"]
    record("async hooks", status=hooked, evalue=first["evalue"], alive=k.text("'alive'"))
    k.run("hook.disable()")

    os.kill(k.pid, signal.SIGSTOP)
    message_id = k.send("'after the pause'")
    time.sleep(float(os.environ.get("BELOW_STOPPED_S", "3")))
    os.kill(k.pid, signal.SIGCONT)
    status = k.reply(message_id)["content"]["status"]
    end = time.monotonic() + PATIENCE
    while not k.client.hb_channel.is_beating() and time.monotonic() < end:
        time.sleep(0.1)  # the heart says every second whether it heard an echo
    record("SIGSTOP", status=status, beating=k.client.hb_channel.is_beating(), result=k.text("1 + 1"))

    children = k.run("import { spawn } from 'node:child_process'\nconst child = spawn('sleep', ['600']); console.log(child.pid)")[1]
    child = int(joined(children, "stdout"))
    k.ask("shutdown_request", {"restart": False}, "control")
    k.manager.provisioner.process.wait(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE
    while os.path.exists(f"/proc/{child}") and open(f"/proc/{child}/stat").read().split(")")[1].split()[0] != "Z" and time.monotonic() < end:
        time.sleep(0.05)
    record("children", gone=time.monotonic() < end, left=[name for name in os.listdir(k.folder.name) if name != "connection.json"])

k = Kernel(argv=SMALL_HEAP)
k.run("globalThis.kept = 41; globalThis.rows = []")
reply = k.run("const clock = new Int32Array(new SharedArrayBuffer(4)); for (;;) { rows.push(new Array(1000).fill(1.5)); if (rows.length % 200 === 0) Atomics.wait(clock, 0, 0, rows.length < 36000 ? 1 : 16) }")[0]  # slow at the end: a busy machine looks late
record("heap nearly full", ename=reply["ename"], evalue=reply["evalue"], kept=k.text("kept"), freed=k.text("rows = undefined; 'freed'"), next=k.text("Array.from({ length: 1e5 }, (_, i) => i).length"))


def dies(code):
    k.run("1")
    k.send(code)
    k.manager.provisioner.process.wait(timeout=PATIENCE)
    k.client.stop_channels()
    k.manager.restart_kernel(now=True)
    k.client = k.connect()
    reply, outputs = k.run("40 + 2")
    return {"status": reply["status"], "count": reply["execution_count"], "note": joined(outputs, "stderr"), "again": joined(k.run("1")[1], "stderr")}


record("out of memory", **dies("const big = [1, 2, 3].map(() => new Array(3e7).fill({}))"))
record("native crash", **dies("process.kill(process.pid, 'SIGSEGV')"))
k.manager.shutdown_kernel()
record("after a crash nothing is left", left=[name for name in os.listdir(k.folder.name) if name != "connection.json"])

for number in [signal.SIGHUP, signal.SIGTERM]:
    folder = tempfile.mkdtemp()
    k = Kernel(transport="ipc", ip=os.path.join(folder, "k"))
    message_id = k.send("console.log('begun'); while (true) {}")
    k.outputs(message_id, until=lambda m: m["msg_type"] == "stream")
    os.kill(k.pid, number)
    record(number.name, code=k.manager.provisioner.process.wait(timeout=PATIENCE), left=os.listdir(folder))
    k.client.stop_channels()
