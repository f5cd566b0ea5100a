"""Times Jupyter kernels through jupyter_client, the client that Jupyter itself uses.

stdin: one request a line (JSON); stdout: one answer a line, `{"fault": ...}` where it failed.
It knows neither which kernels these are nor what their cells mean: kernel-client.ts sends both.
A time runs from just before a request is signed and sent to the last message that answers it.
"""

import json
import os
import queue
import sys
import time

import psutil
import zmq
from jupyter_client.manager import KernelManager

LIMIT_S = 30
"""Longer than any cell here should take; past it the answer is a fault."""


class Cell:
    """What has come back of one execute_request so far. awaited: text that stdout must show, or None."""

    def __init__(self, awaited):
        self.awaited, self.has_awaited = awaited, awaited is None
        self.status, self.is_idle, self.text, self.error, self.parts = None, False, "", "", []

    def take(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "execute_reply":
            self.status = content["status"]
        elif kind == "status":
            self.is_idle = content["execution_state"] == "idle"
        elif kind == "execute_result":
            self.text = content["data"].get("text/plain", "")
        elif kind == "error":
            self.error = f"{content['ename']}: {content['evalue']}"
        elif kind == "stream" and content["name"] == "stdout":
            self.parts.append(content["text"])
            # Only the end is searched: one kernel sends 10 000 messages where another sends 10.
            self.has_awaited = self.has_awaited or self.awaited in "".join(self.parts[-2:])

    def is_answered(self):
        return self.status is not None and self.is_idle and self.has_awaited


class TimedKernel:
    """One kernel process and the channels to it."""

    def __init__(self, name, directory):
        context = zmq.Context()
        # A socket that finds nobody tries again after 100 ms: a start would be 0-100 ms longer by chance.
        context.setsockopt(zmq.RECONNECT_IVL, 5)
        self.manager = KernelManager(kernel_name=name, context=context)
        self.manager.kernel_spec  # read kernel.json before the clock starts
        with open(log_file(name), "ab") as log:
            began = time.perf_counter()
            self.manager.start_kernel(cwd=directory, stdout=log, stderr=log)
        self.client = self.manager.client(context=context)  # of its own accord it makes another
        self.client.start_channels()
        # Not wait_for_ready(): after the reply it listens on iopub for another 200 ms, which is the same for
        # every kernel and would draw all ratios towards 1.
        self.client.kernel_info()
        try:
            self.client.get_shell_msg(timeout=LIMIT_S)
        except BaseException:
            self.stop()
            raise
        self.start_ms = 1000 * (time.perf_counter() - began)
        self.join_iopub()

    def join_iopub(self):
        """Waits until our subscription has reached the kernel: before that, the status of a cell may be lost."""
        while True:
            self.client.kernel_info()
            self.client.get_shell_msg(timeout=LIMIT_S)
            try:
                self.client.get_iopub_msg(timeout=0.2)
                return
            except queue.Empty:
                continue

    def execute(self, code, wants_result=False, awaited=None, interrupts=False):
        """Runs one cell; the time ends when execute_reply, idle and `awaited` on stdout are all there.

        A result is waited for but not timed: Deno sends its results, and some of its stdout, after idle.
        With `interrupts`, the kernel is interrupted once `awaited` is there, and the time begins then.
        """
        cell, ms = Cell(awaited), None
        began = time.perf_counter()
        request = self.client.execute(code, stop_on_error=False)
        while ms is None or (wants_result and cell.text == cell.error == ""):
            message = self.next_message(code)
            if message["parent_header"].get("msg_id") != request:
                continue
            cell.take(message)
            if ms is None and cell.is_answered():
                ms = 1000 * (time.perf_counter() - began)
            if interrupts and cell.has_awaited:
                interrupts, began = False, time.perf_counter()
                self.manager.interrupt_kernel()
        return {"ms": ms, "status": cell.status, "text": cell.text, "error": cell.error, "stdout": "".join(cell.parts)}

    def next_message(self, code):
        """The next message on shell or iopub, whichever has one."""
        channels = {channel.socket: channel for channel in (self.client.iopub_channel, self.client.shell_channel)}
        readable, _, _ = zmq.select(list(channels), [], [], LIMIT_S)
        if not readable:
            raise TimeoutError(f"no answer within {LIMIT_S} s to: {code[:80]}")
        return channels[readable[0]].get_msg(timeout=0)

    def complete(self, code):
        """The matches at the end of `code`, and how long they took."""
        began = time.perf_counter()
        request = self.client.complete(code, len(code))
        while True:
            message = self.client.get_shell_msg(timeout=LIMIT_S)
            if message["parent_header"].get("msg_id") == request:
                return {"ms": 1000 * (time.perf_counter() - began), "matches": message["content"]["matches"]}

    def memory(self):
        """Resident memory of the kernel process and everything below it, a language server (`tsc`) by itself."""
        kernel = psutil.Process(self.manager.provisioner.pid)
        sizes = {"sizeBytes": 0, "serverBytes": 0}
        for process in [kernel, *kernel.children(recursive=True)]:
            sizes["serverBytes" if process.name().startswith("tsc") else "sizeBytes"] += process.memory_info().rss
        return sizes

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def log_file(name):
    """Where a kernel's own stdout and stderr go."""
    return os.path.join(os.environ["JUPYTER_DATA_DIR"], f"{name}.log")


def fault(name, problem):
    """A failure in one line, with the last words of the kernel it happened to."""
    text = f"{type(problem).__name__}: {problem}"
    try:
        with open(log_file(name), encoding="utf-8", errors="replace") as log:
            words = log.read().strip().splitlines()
    except FileNotFoundError:
        words = []
    return f"{text} (its log ends: {words[-1]})" if words else text


def answer(kernels, request):
    verb, name = request["verb"], request["kernel"]
    if verb == "start":
        kernels[name] = TimedKernel(name, request["directory"])
        return {"ms": kernels[name].start_ms}
    if verb == "execute":
        fields = ("code", "wants_result", "awaited", "interrupts")
        return kernels[name].execute(**{field: request[field] for field in fields if field in request})
    if verb == "complete":
        return kernels[name].complete(request["code"])
    if verb == "memory":
        return kernels[name].memory()
    if verb == "stop":
        kernels.pop(name).stop()
        return {}
    raise ValueError(f"client.py: want start, execute, complete, memory or stop, got {verb}")


def main():
    kernels = {}
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                reply = answer(kernels, request)
            except Exception as problem:  # the answer to a request that failed is its fault, not silence
                reply = {"fault": fault(request["kernel"], problem)}
            print(json.dumps(reply), flush=True)
    finally:
        for kernel in kernels.values():
            kernel.stop()


main()
