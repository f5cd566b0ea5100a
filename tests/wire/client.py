"""A real Jupyter client (jupyter_client) that walks scenarios and prints what it saw, one JSON object a line.

Goes in: BELOW_KERNEL_ARGV, the kernel's command line as JSON. Comes out: {"promise": NAME, ...facts}; the tests judge.
"""

import json
import os
import tempfile
import time
import uuid
from queue import Empty

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ARGV = json.loads(os.environ["BELOW_KERNEL_ARGV"])
PATIENCE = 30  # seconds until a message that does not come counts as lost; no test measures time


def record(promise, **facts):
    print(json.dumps({"promise": promise, **facts}), flush=True)


class BelowManager(KernelManager):
    """Starts our kernel without an installed kernelspec."""

    command = ARGV

    @property
    def kernel_spec(self):
        return KernelSpec(argv=self.command, display_name="below", language="typescript", interrupt_mode="message",
                          kernel_protocol_version="5.5", metadata={"supported_encryption": ["curve"]})


class Kernel:
    """One running kernel and one client of it: `with Kernel() as k: k.run("1 + 1")`."""

    def __init__(self, cwd=None, argv=ARGV, **options):
        self.folder = tempfile.TemporaryDirectory(prefix="below-wire-")
        self.manager = BelowManager(connection_file=os.path.join(self.folder.name, "connection.json"), **options)
        self.manager.command = argv
        self.replies, self.kept = {}, {}  # what came while something else was waited for
        self.manager.start_kernel(cwd=cwd)
        self.client = self.connect()

    def connect(self):
        """A client with an identity of its own."""
        session = self.manager.session.clone()
        session.session = uuid.uuid4().hex
        # A client of the manager: it knows by the process, not by a late heartbeat, whether the kernel lives.
        client = self.manager.client(session=session)
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        return client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    @property
    def pid(self):
        return self.manager.provisioner.process.pid

    def send(self, code, **options):
        return self.client.execute(code, **{"allow_stdin": False, **options})

    def reply(self, message_id, channel="shell"):
        """The reply to one request; replies to others are kept for their turn."""
        get = getattr(self.client, f"get_{channel}_msg")
        while message_id not in self.replies:
            message = get(timeout=PATIENCE)
            self.replies[message["parent_header"].get("msg_id")] = message
        return self.replies.pop(message_id)

    def outputs(self, message_id, until=lambda m: m["content"].get("execution_state") == "idle"):
        """What iopub says about one request, up to `until`."""
        seen, kept = [], self.kept.pop(message_id, [])
        while True:
            message = kept.pop(0) if kept else self.client.get_iopub_msg(timeout=PATIENCE)
            parent = message["parent_header"].get("msg_id")
            if parent != message_id:
                self.kept.setdefault(parent, []).append(message)
                continue
            seen.append({"type": message["msg_type"], **message["content"]})
            if until(message):
                return seen

    def run(self, code, **options):
        """Runs a cell to its end: (content of the reply, outputs without status and input)."""
        message_id = self.send(code, **options)
        seen = self.outputs(message_id)
        return self.reply(message_id)["content"], [m for m in seen if m["type"] not in ("status", "execute_input")]

    def text(self, code):
        """The text of a cell's result, or its error."""
        reply, outputs = self.run(code)
        if reply["status"] != "ok":
            return f"{reply.get('ename')}: {reply.get('evalue')}"
        return next((m["data"]["text/plain"] for m in outputs if m["type"] == "execute_result"), None)

    def ask(self, message_type, content, channel="shell"):
        """Any request: the content of its reply."""
        message = self.client.session.msg(message_type, content)
        getattr(self.client, f"{channel}_channel").send(message)
        return self.reply(message["header"]["msg_id"], channel)["content"]

    def interrupt(self):
        """By message on the control channel, as front ends do; returns when the kernel has answered."""
        return self.ask("interrupt_request", {}, "control")

    def late(self, message_type, seconds=PATIENCE):
        """The next message of a type on iopub, whatever its parent; None if it does not come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Empty:
                continue
            if message["msg_type"] == message_type:
                return message
        return None


def streams(outputs):
    return [[m["name"], m["text"]] for m in outputs if m["type"] == "stream"]
