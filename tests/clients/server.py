"""Jupyter Server's restarter: a kernel that dies under it is started again, says so, and runs cells."""

import asyncio
import os
import signal
import subprocess
import sys

from remote import RemoteKernel, ask, end, environment, free_port, record, wait_for

port, token = free_port(), os.urandom(16).hex()
base = f"http://127.0.0.1:{port}/"
options = [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--ServerApp.allow_root=True",
           "--ServerApp.open_browser=False", "--ServerApp.jpserver_extensions={}"]


async def main():
    kernel = await RemoteKernel(base, token).connect()
    first = await kernel.text("let kept = 1; kept + 1")
    pid = int(await kernel.text("process.pid"))
    os.kill(pid, signal.SIGKILL)
    told = await kernel.until({"restarting", "autorestarting"})
    # A kernel that dies young comes back on other ports, which only a new web socket reaches: pages open one too.
    await kernel.connect()
    again, forgotten, other = await kernel.text("40 + 2"), await kernel.text("typeof kept"), int(await kernel.text("process.pid"))
    record("restarter", first=first, told=told, again=again, forgotten=forgotten, isNew=other != pid, state=kernel.state())
    ask(f"{base}api/kernels/{kernel.id}", token, "DELETE")


server = subprocess.Popen([sys.executable, "-m", "jupyter_server", *options], stdout=sys.stderr, env=environment())
try:
    wait_for("a Jupyter server", lambda: ask(f"{base}api/status", token), server)
    record("logo", **{name: len(path) > 0 for name, path in ask(f"{base}api/kernelspecs", token)["kernelspecs"]["below"]["resources"].items()})
    asyncio.run(main())
finally:
    end(server)
