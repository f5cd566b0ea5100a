"""How a kernel ends: on request, by a signal, with its parent; and that nothing of it remains."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from client import ARGV, PATIENCE, Kernel, record


def ended(pid):
    """Whether a process (not our child) is gone within our patience."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().split(")")[1].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.05)
    return False


def shut_down(promise, channel, restart, busy=None):
    folder = tempfile.mkdtemp()
    k = Kernel(transport="ipc", ip=os.path.join(folder, "k"))
    if busy:
        message_id = k.send(f"console.log('begun'); {busy}")
        k.outputs(message_id, until=lambda m: m["msg_type"] == "stream")
    sockets = len([name for name in os.listdir(folder)])
    reply = k.ask("shutdown_request", {"restart": restart}, channel)
    code = k.manager.provisioner.process.wait(timeout=PATIENCE)
    record(promise, reply=reply, code=code, before=sockets, left=[name for name in os.listdir(folder)])
    k.client.stop_channels()


shut_down("shutdown on control", "control", False)
shut_down("shutdown on shell", "shell", True)
shut_down("shutdown while busy", "control", False, "while (true) {}")
shut_down("shutdown while waiting", "control", False, "await new Promise(() => {})")
shut_down("shutdown past an exit handler that loops", "control", False, "process.on('exit', () => { while (true) {} })")

codes = []
for _ in range(10):
    k = Kernel()
    k.send("for (let i = 0; i < 100; i++) console.log(i)")
    k.ask("shutdown_request", {"restart": False}, "control")
    codes.append(k.manager.provisioner.process.wait(timeout=PATIENCE))
    k.client.stop_channels()
record("the client's own streams", blocking=[os.get_blocking(descriptor) for descriptor in (1, 2)])
record("ten times", codes=codes)

k = Kernel()
k.send("while (true) {}")
time.sleep(0.3)
os.kill(k.pid, signal.SIGTERM)
record("SIGTERM", code=k.manager.provisioner.process.wait(timeout=PATIENCE))
k.client.stop_channels()

PARENT = """
import os, sys, time
sys.path.insert(0, os.path.dirname(sys.argv[1]))
from client import Kernel
k = Kernel(transport="ipc", ip=os.path.join(sys.argv[2], "k"))
if sys.argv[3]: k.send(sys.argv[3]); time.sleep(0.3)
print(k.pid, flush=True)
time.sleep(600)
"""
for promise, code in [("orphan at rest", ""), ("orphan that is busy", "while (true) {}")]:
    folder = tempfile.mkdtemp()
    parent = subprocess.Popen([sys.executable, "-c", PARENT, os.path.abspath(__file__), folder, code], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    before = len(os.listdir(folder))
    parent.kill()
    parent.wait()
    record(promise, before=before, gone=ended(pid), left=os.listdir(folder))

bad = os.path.join(tempfile.mkdtemp(), "connection.json")
with open(bad, "w") as file:
    file.write('{"shell_port": "x"}')
argv = [bad if part == "{connection_file}" else part for part in ARGV]
run = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE)
record("bad connection file", code=run.returncode, stderr=run.stderr)
run = subprocess.run(argv[:-2], capture_output=True, text=True, timeout=PATIENCE)
record("no connection file", code=run.returncode, stderr=run.stderr)
