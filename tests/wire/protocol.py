"""Every message of Jupyter messaging 5.5 that execute.py, outputs.py and transport.py do not already walk."""

import json
import os
import subprocess
import tempfile
import time
import uuid
from queue import Empty

import zmq
from client import ARGV, PATIENCE, Kernel, record, streams
from jupyter_client.session import Session
from transport_tools import stranger


def sub_send(k, subshell, code, **options):
    message = k.client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True, **options})
    message["header"]["subshell_id"] = subshell
    k.client.shell_channel.send(message)
    return message["header"]["msg_id"]


def sub_run(k, subshell, code):
    message_id = sub_send(k, subshell, code)
    outputs = [m for m in k.outputs(message_id) if m["type"] not in ("status", "execute_input")]
    return k.reply(message_id)["content"], outputs


def sub_text(k, subshell, code):
    reply, outputs = sub_run(k, subshell, code)
    return next((m["data"]["text/plain"] for m in outputs if m["type"] == "execute_result"), f"{reply.get('ename')}: {reply.get('evalue')}")


def comm(k, kind, content, **extras):
    """Sends a comm message; what iopub says about it."""
    message = k.client.session.msg(kind, content, metadata=extras.get("metadata"))
    k.client.session.send(k.client.shell_channel.socket, message, buffers=extras.get("buffers"))
    return [m for m in k.outputs(message["header"]["msg_id"]) if m["type"] != "status"]


with Kernel(cwd=tempfile.mkdtemp()) as k:
    record("features", features=k.ask("kernel_info_request", {})["supported_features"])

    made = k.ask("create_subshell_request", {}, "control")
    one, other = made["subshell_id"], k.ask("create_subshell_request", {}, "control")["subshell_id"]
    record("subshells", made=made["status"], different=one != other, listed=sorted(k.ask("list_subshell_request", {}, "control")["subshell_id"]) == sorted([one, other]))

    k.run("let step = 0; const losses = [0.5, 0.25]; const named = { shape: [2, 3], label: 'w' }")
    record("counts", main=k.run("1")[0]["execution_count"], one=[sub_run(k, one, "10")[0]["execution_count"], sub_run(k, one, "11")[0]["execution_count"]],
           other=sub_run(k, other, "20")[0]["execution_count"], shared=sub_text(k, other, "losses.length"))

    def sub_history(subshell):
        message = k.client.session.msg("history_request", {"hist_access_type": "range", "session": 0, "raw": True, "output": False, "start": 0})
        message["header"]["subshell_id"] = subshell
        k.client.shell_channel.send(message)
        return [row[2] for row in k.reply(message["header"]["msg_id"])["content"]["history"]]
    record("subshell history", one=sub_history(one), other=sub_history(other))

    busy = k.send("console.log('on'); for (;;) { step++ }")
    k.outputs(busy, until=lambda m: m["msg_type"] == "stream")
    record("glance", number=sub_text(k, one, "losses.at(-1)"), moving=int(sub_text(k, one, "step")) < int(sub_text(k, one, "step")), object=sub_text(k, one, "named"),
           text=sub_text(k, one, "named.label"), array=sub_text(k, one, "losses.map(x => x * 2)"), map=sub_text(k, one, "new Map([['a', 1]])"), nothing=sub_run(k, one, "undefined")[1],
           change=sub_text(k, one, "step = 0"), call=sub_text(k, one, "console.log(1)"), declare=sub_text(k, one, "const late = 1; late"), missing=sub_text(k, one, "nowhere"))
    k.interrupt()
    record("glance left", ename=k.reply(busy)["content"]["ename"], late=k.text("typeof late"), losses=k.text("losses"))

    waiting = k.send("const freed = new Promise(done => { globalThis.release = done }); console.log('waits'); const first = await freed; console.log('main'); first")
    k.outputs(waiting, until=lambda m: m["msg_type"] == "stream")
    reply, outputs = sub_run(k, one, "console.log('sub'); const made = [1, 2]; release('freed'); made.length")
    main = [m for m in k.outputs(waiting) if m["type"] not in ("status", "execute_input")]
    record("beside an awaiting cell", sub=[streams(outputs), reply["status"]], main=[streams(main), k.reply(waiting)["content"]["status"]], made=k.text("made"))

    ids = [sub_send(k, one, "await new Promise((resolve) => setTimeout(resolve, 500)); throw new Error('stop')"), sub_send(k, one, "2"), sub_send(k, other, "3")]
    record("abort in one", statuses=[k.reply(i)["content"]["status"] for i in ids])
    record("deleted", deleted=k.ask("delete_subshell_request", {"subshell_id": other}, "control"), again=k.ask("delete_subshell_request", {"subshell_id": other}, "control")["status"],
           left=k.ask("list_subshell_request", {}, "control")["subshell_id"] == [one], run=sub_run(k, other, "1")[0]["ename"])

    usage = k.ask("usage_request", {}, "control")
    record("usage", pid=usage["pid"] == k.pid, memory=usage["kernel_memory"] > 1e7, host=sorted(usage["host_virtual_memory"]), cpu=usage["cpu_count"] > 0)
    ports = k.ask("connect_request", {})
    record("connect", same=all(ports[name] == port for name, port in k.manager.get_connection_info().items() if name.endswith("_port")))

    _, outputs = k.run("""
import { openComm, registerTarget } from "below/display"
const heard: unknown[] = []
const channel = openComm("from.kernel", { n: 1 }, { metadata: { version: "2" }, buffers: [new Uint8Array([1, 2, 3])] })
channel.onMessage(({ data, buffers }) => { heard.push([data, ...buffers[0]]); console.log("heard"); channel.send({ echo: data }, { buffers }) })
channel.onClose(() => { heard.push("closed") })
registerTarget("from.client", (comm, opening) => { comm.send({ welcome: opening.data }); comm.onMessage(({ data }) => { if (data === "loop") for (;;); heard.push(data) }) })
1""")
    opened = next(m for m in outputs if m["type"] == "comm_open")
    record("comm from the kernel", target=opened["target_name"], data=opened["data"], info=k.ask("comm_info_request", {})["comms"] == {opened["comm_id"]: {"target_name": "from.kernel"}},
           other=k.ask("comm_info_request", {"target_name": "nobody"})["comms"])
    echoed = comm(k, "comm_msg", {"comm_id": opened["comm_id"], "data": {"x": 7}}, buffers=[b"\x09\x08"])
    record("comm both ways", echoed=[[m["type"], m.get("data") or m.get("text")] for m in echoed], heard=k.text("heard"))

    awaiting = k.send("const told = new Promise(done => channel.onMessage(() => done(1))); console.log('waits'); await told")
    k.outputs(awaiting, until=lambda m: m["msg_type"] == "stream")
    comm(k, "comm_msg", {"comm_id": opened["comm_id"], "data": 1}, buffers=[b"\x01"])
    record("comm beside an awaiting cell", status=k.reply(awaiting)["content"]["status"])
    closed = comm(k, "comm_close", {"comm_id": opened["comm_id"], "data": {}})
    record("comm closed", outputs=closed, heard=k.text("heard.at(-1)"), info=k.ask("comm_info_request", {})["comms"], send=k.run("channel.send(1)")[0]["evalue"])

    mine = uuid.uuid4().hex
    record("comm from the client", welcome=[[m["type"], m["data"]] for m in comm(k, "comm_open", {"comm_id": mine, "target_name": "from.client", "data": {"hi": 1}})],
           listed=mine in k.ask("comm_info_request", {"target_name": "from.client"})["comms"])
    looping = k.client.session.msg("comm_msg", {"comm_id": mine, "data": "loop"})
    k.client.shell_channel.send(looping)
    k.outputs(looping["header"]["msg_id"], until=lambda m: m["content"].get("execution_state") == "busy")
    time.sleep(0.2)
    k.interrupt()
    record("comm that loops", ended=k.outputs(looping["header"]["msg_id"])[-1]["execution_state"], next=k.text("'free'"))

    record("next input", payload=k.run("import { page, setNextInput } from 'below/display'; setNextInput('1 + 1'); page('read me')")[0]["payload"])

    message = k.client.session.msg("nonsense_request", {})
    k.client.shell_channel.send(message)
    odd = [["execute_request", {"code": 7, "user_expressions": "x", "silent": 1}], ["complete_request", {"code": None, "cursor_pos": -5}], ["inspect_request", {"cursor_pos": 1e9}],
           ["history_request", {"hist_access_type": "range", "session": "x", "start": None}], ["is_complete_request", {}], ["comm_info_request", {"target_name": 7}], ["__proto___request", {}]]
    for kind, content in odd:
        k.client.shell_channel.send(k.client.session.msg(kind, content))
    record("odd contents", alive=k.text("'alive'"))

    signed = lambda content: k.client.session.serialize(k.client.session.msg("execute_request", content))  # noqa: E731
    record("oversized", refused=stranger(k, [*signed({"code": "1"}), b"x" * (65 << 20)], 500) is None, alive=k.text("'alive'"))

project = tempfile.mkdtemp()
os.makedirs(os.path.join(project, ".git"))
os.makedirs(os.path.join(project, "notebooks"))
with Kernel(cwd=project) as k, Kernel(cwd=os.path.join(project, "notebooks")) as second:
    k.run("'from the first'")
    second.run("'from the second'")
    rows = lambda kernel, **asked: [row[2] for row in kernel.ask("history_request", {"raw": True, "output": False, **asked})["history"]]  # noqa: E731
    record("history of two", first=rows(k, hist_access_type="tail", n=5), second=rows(second, hist_access_type="search", pattern="*from*"), own=rows(second, hist_access_type="range", session=0))
    second.send("process.kill(process.pid, 'SIGKILL')")
    second.manager.provisioner.process.wait(timeout=PATIENCE)
    with Kernel(cwd=project) as third:
        record("history after a crash", rows=rows(third, hist_access_type="tail", n=2))

# JEP 66: the launcher listens, the kernel chooses its ports and sends them.
folder = tempfile.mkdtemp()
for promise, accepts in [("registration", True), ("registration refused", False)]:
    context = zmq.Context.instance()
    registrar = context.socket(zmq.REP)
    port = registrar.bind_to_random_port("tcp://127.0.0.1")
    path = os.path.join(folder, f"{promise.replace(' ', '-')}.json")
    key = uuid.uuid4().hex
    with open(path, "w") as file:
        json.dump({"transport": "tcp", "ip": "127.0.0.1", "signature_scheme": "hmac-sha256", "key": key, "registration_port": port}, file)
    process = subprocess.Popen([path if part == "{connection_file}" else part for part in ARGV], cwd=folder, stderr=subprocess.PIPE, text=True)
    session = Session(key=key.encode())
    assert registrar.poll(PATIENCE * 1000)
    request = session.deserialize(session.feed_identities(registrar.recv_multipart())[1])
    reply = session.msg("handshake_reply", {"status": "ok"} if accepts else {"status": "error", "error": "full"}, parent=request)
    registrar.send_multipart(session.serialize(reply))
    facts = {"type": request["msg_type"], "ports": sorted(request["content"])}
    if accepts:
        own = os.path.join(folder, "registration-connection.json")
        end = time.monotonic() + PATIENCE
        while not os.path.exists(own) and time.monotonic() < end:
            time.sleep(0.02)
        from jupyter_client import BlockingKernelClient
        client = BlockingKernelClient(connection_file=own)
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        client.execute("6 * 7")
        facts["answered"] = client.get_shell_msg(timeout=PATIENCE)["content"]["status"]
        client.shutdown()
        client.stop_channels()
    facts["code"] = process.wait(timeout=PATIENCE)
    facts["stderr"] = process.stderr.read()[-300:]
    record(promise, **facts, left=sorted(name for name in os.listdir(folder) if "connection" in name or "running" in name))
    registrar.close(linger=0)
