"""Asks a kernel, through jupyter_client, what it can: one probe a feature, one JSON object a line, the same for every kernel.

Goes in: BELOW_KERNEL_ARGV, its command line; the arguments: its language ("typescript" or "python"), its interrupt mode as
its own kernelspec has it, and a cell in its own words that updates a display.
Comes out: {"promise": FEATURE, "answer": "yes" | "no" | "–", "seen": WHAT}. "–": the language has no such thing.
"""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

import zmq
from jupyter_client.kernelspec import KernelSpec

sys.path.insert(0, str(Path(__file__).parent.parent / "wire"))

import client  # noqa: E402

LANGUAGE, INTERRUPT, UPDATE = sys.argv[1:4]
START_S, ANSWER_S = 60, 10  # longer than any of these takes to start, and to answer if it answers at all
PYTHON = LANGUAGE == "python"


class Manager(client.BelowManager):
    @property
    def kernel_spec(self):
        return KernelSpec(argv=client.ARGV, display_name="probed", language=LANGUAGE, interrupt_mode=INTERRUPT)


client.BelowManager = Manager


def kernel():
    return client.Kernel(cwd=os.environ.get("COMPAT_FOLDER") or tempfile.mkdtemp())


def code(typescript, python):
    return python if PYTHON else typescript


def answer(k, text, **options):
    """The messages of a cell, also what comes just after idle (Deno's results do)."""
    message_id = k.send(text, **options)
    seen = k.outputs(message_id)
    while k.client.iopub_channel.socket.poll(300):
        message = k.client.get_iopub_msg(timeout=1)
        if message["parent_header"].get("msg_id") == message_id:
            seen.append({"type": message["msg_type"], **message["content"]})
    return [m for m in seen if m["type"] not in ("status", "execute_input")], k.reply(message_id)["content"]


def result(outputs):
    return next((m["data"] for m in outputs if m["type"] == "execute_result"), {})


def text_of(outputs):
    return " ".join(m.get("text", "") or str(m.get("data", {}).get("text/plain", "")) for m in outputs)


def type_error(k):
    if PYTHON:
        return "–", "no static types"
    outputs, _ = answer(k, 'const wrong: number = "text";\nconsole.log("it " + "ran");')
    told = any("not assignable" in json.dumps(m) for m in outputs)
    ran = "it ran" in text_of(outputs)
    return ("yes" if told and not ran else "no"), f"{'told' if told else 'not told'}, the cell {'ran' if ran else 'did not run'}"


def error_place(k):
    outputs, reply = answer(k, code('const fine = 1;\nthrow new RangeError("too far");', 'fine = 1\nraise ValueError("too far")'))
    error = next((m for m in outputs if m["type"] == "error"), None)
    if not error:
        return "no", f"no error message; on a stream: {text_of(outputs)[:60]!r}"
    trace = "\n".join(error["traceback"])
    named = ("cell" in trace.lower() or "In[" in trace or "ipykernel" in trace or "line 2" in trace) and (":2:" in trace or "line 2" in trace)
    return ("yes" if named and reply.get("ename") else "no"), f"reply {reply.get('ename')}; {'cell and line' if named else 'no cell named'}"


def execute_result(k):
    outputs, _ = answer(k, "1 + 41")
    data = result(outputs)
    return ("yes" if data.get("text/plain") == "42" else "no"), f"{[m['type'] for m in outputs]} {data.get('text/plain', text_of(outputs))!r}"


def completes_live(k):
    answer(k, code("(globalThis as any).live = { alphaBeta: 1 };", "class Live: pass\nlive = Live(); live.alphaBeta = 1"))
    text = "live.alp"
    matches = k.ask("complete_request", {"code": text, "cursor_pos": len(text)})["matches"]
    return ("yes" if any("alphaBeta" in match for match in matches) else "no"), f"{matches[:3]}"


def completes_typed(k):
    text = code('"abc".toUp', '"abc".upp')
    matches = k.ask("complete_request", {"code": text, "cursor_pos": len(text)})["matches"]
    return ("yes" if any("upper" in match.lower() for match in matches) else "no"), f"{matches[:3]}"


def inspects(k):
    answer(k, code("const looked = { at: 1 };", "looked = dict(at=1)"))
    reply = k.ask("inspect_request", {"code": "looked", "cursor_pos": 3, "detail_level": 0})
    return ("yes" if reply.get("found") else "no"), f"found {reply.get('found')}"


def history(k):
    answer(k, "1 + 7000")
    entries = k.ask("history_request", {"hist_access_type": "tail", "n": 5, "raw": True, "output": False})["history"]
    return ("yes" if any("7000" in entry[2] for entry in entries) else "no"), f"{len(entries)} entries"


def is_complete(k):
    pairs = {code("for (const i of [1]) {", "for i in [1]:"): "incomplete", code("let = = 3", "a = = 3"): "invalid", "1 + 1": "complete"}
    seen = {text: k.ask("is_complete_request", {"code": text})["status"] for text in pairs}
    return ("yes" if seen == pairs else "no"), ", ".join(f"{text!r} {status}" for text, status in seen.items())


def user_expressions(k):
    _, reply = answer(k, "1", user_expressions={"two": "1 + 1"})
    told = (reply.get("user_expressions") or {}).get("two")
    return ("yes" if told and told.get("data", {}).get("text/plain") == "2" else "no"), json.dumps(told)


def asks_reader(k):
    message_id = k.send(code('prompt("Who? ")', 'input("Who? ")'), allow_stdin=True)
    k.client.get_stdin_msg(timeout=client.PATIENCE)
    k.client.input("Ada")
    return ("yes" if k.reply(message_id)["content"]["status"] == "ok" else "no"), "answered"


def comm_from_front_end(k):
    message = k.client.session.msg("comm_open", {"comm_id": "nobody", "target_name": "nobody", "data": {}})
    k.client.shell_channel.send(message)
    closed = k.late("comm_close", 3)
    return ("yes" if closed else "no"), "an unknown target is closed" if closed else "no answer"


def subshells(k):
    reply = k.ask("create_subshell_request", {}, "control")
    return ("yes" if reply.get("subshell_id") else "no"), f"status {reply.get('status')}"


def debugger(k):
    info = k.ask("kernel_info_request", {})
    features = info.get("supported_features") or []
    return ("yes" if "debugger" in features or info.get("debugger") else "no"), f"supported_features {features}"


def table(k):
    outputs, _ = answer(k, code("[{ a: 1, b: 2 }, { a: 3, b: 4 }]", "[dict(a=1, b=2), dict(a=3, b=4)]"))
    kinds = list(result(outputs))
    return ("yes" if "text/html" in kinds else "no"), f"{kinds or text_of(outputs)[:40]}"


def bounded(k):
    outputs, _ = answer(k, code("Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [\"key\" + i, i]))", "{f'key{i}': i for i in range(100_000)}"))
    size = len(text_of(outputs))
    return ("yes" if size < 50_000 else "no"), f"{size} characters for 100 000 keys"


def live_output(k):
    source = code("(async function* () { yield 'to'; yield 'ken'; })()", "async def gen():\n    yield 'to'\n    yield 'ken'\ngen()")
    outputs, _ = answer(k, source)
    return ("yes" if "token" in text_of(outputs) else "no"), re.sub(r" at 0x\w+", "", text_of(outputs)[:60]).strip()


def updates(k):
    outputs, _ = answer(k, UPDATE)
    kinds = [m["type"] for m in outputs]
    return ("yes" if "update_display_data" in kinds else "no"), f"{kinds}"


def busy(k, while_busy):
    """What `while_busy` sees while a cell spins that does not yield."""
    k.send(code("const until = Date.now() + 4000; while (Date.now() < until) {}", "import time\nuntil = time.time() + 4\nwhile time.time() < until: pass"))
    time.sleep(0.5)
    return while_busy(k)


def heartbeat(k):
    def beat(k):
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.linger = 0
        socket.connect(k.manager._make_url("hb"))
        socket.send(b"ping")
        return bool(socket.poll(2000))
    return ("yes", "answered") if busy(k, beat) else ("no", "silent")


def control(k):
    def ask(k):
        message = k.client.session.msg("kernel_info_request", {})
        k.client.control_channel.send(message)
        return bool(k.client.control_channel.socket.poll(2000))
    return ("yes", "answered") if busy(k, ask) else ("no", "silent")


def interrupted(k, endless):
    answer(k, code("var kept = 41;", "kept = 41"))
    message_id = k.send(endless)
    time.sleep(1)
    k.manager.interrupt_kernel()
    try:
        k.reply(message_id)
    except Empty:
        return "no", "alive, but the cell never ends" if k.manager.is_alive() else "the kernel is dead"
    if not k.manager.is_alive():
        return "no", "the kernel is dead"
    time.sleep(0.5)  # tslab drops whatever comes within 200 ms of an error
    outputs, _ = answer(k, "kept + 1")
    return ("yes" if "42" in text_of(outputs) else "no"), "state kept" if "42" in text_of(outputs) else "state lost"


def interrupts_loop(k):
    return interrupted(k, code("while (true) {}", "while True: pass"))


def interrupts_timer(k):
    return interrupted(k, code("await new Promise((done) => setTimeout(done, 10)); while (true) {}", "import asyncio\nawait asyncio.sleep(0.01)\nwhile True: pass"))


SHARED = {
    "type errors stop a cell before it runs": type_error,
    "an error is Jupyter's `error` message and names the cell's line": error_place,
    "a result is an `execute_result`, as plain text": execute_result,
    "completion of a typed member": completes_typed,
    "completion of a live object's keys": completes_live,
    "inspection": inspects,
    "history": history,
    "`is_complete` tells complete, incomplete and invalid": is_complete,
    "user_expressions": user_expressions,
    "a cell asks the reader (stdin)": asks_reader,
    "comms from the front end": comm_from_front_end,
    "a display is updated in place": updates,
    "records are shown as a table": table,
    "the text of a huge object is bounded": bounded,
    "an async generator is shown while it comes": live_output,
    "debugger": debugger,
    "subshells": subshells,
}
OWN = {
    "heartbeat while a cell is busy": heartbeat,
    "control channel while a cell is busy": control,
    "interrupt of an endless loop keeps the state": interrupts_loop,
    "interrupt of a loop after an `await` keeps the state": interrupts_timer,
}


def tell(feature, probe, k):
    try:
        verdict, seen = probe(k)
    except Empty:
        verdict, seen = "no", "no answer"
    except RuntimeError as problem:
        verdict, seen = "no", str(problem)[:60]
    client.record(feature, answer=verdict, seen=seen)


with kernel() as shared:
    info = shared.ask("kernel_info_request", {})
    client.record("version", answer=f"{info['implementation']} {info['implementation_version']}", seen=f"protocol {info['protocol_version']}")
    client.PATIENCE = ANSWER_S
    for feature, probe in SHARED.items():
        tell(feature, probe, shared)
for feature, probe in OWN.items():
    client.PATIENCE = START_S
    with kernel() as own:
        client.PATIENCE = ANSWER_S
        tell(feature, probe, own)
