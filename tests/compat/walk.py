"""Walks the display calls of calls.json through a kernel and prints what each sent on iopub, one JSON object a line.

Goes in: the argument, whose calls ("tslab" or "deno"); BELOW_KERNEL_ARGV, the kernel's command line as JSON;
COMPAT_FOLDER, where it runs; COMPAT_LATE_MS, how long to wait for what comes after idle (Deno's results do).
The same walk for the kernel that is recorded and for ours that replays; `ours` as second argument runs our first cell too.
"""

import base64
import json
import os
import sys
import tempfile
from pathlib import Path

here = Path(__file__).parent
sys.path.insert(0, str(here.parent / "wire"))

from client import PATIENCE, Kernel, record  # noqa: E402

UNTOLD = ("status", "execute_input")
LATE_MS = int(os.environ.get("COMPAT_LATE_MS", "0"))


def sent(kernel, code, names):
    """The status of a cell's reply, and every message of it on iopub but its own status and input."""
    message_id = kernel.client.execute(code)
    messages, is_idle = [], False
    while not is_idle or kernel.client.iopub_channel.socket.poll(LATE_MS):
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        if message["msg_type"] not in UNTOLD:
            messages.append(told(message, names))
        elif message["content"].get("execution_state") == "idle":
            is_idle = True
    return kernel.reply(message_id)["content"]["status"], messages


def told(message, names):
    """What a transcript holds of a message. Kernels make display ids up, so they are counted; an empty transient says nothing."""
    content = {key: value for key, value in message["content"].items() if key not in ("execution_count", "transient")}
    display_id = (message["content"].get("transient") or {}).get("display_id")
    if display_id is not None:
        content["display"] = names.setdefault(display_id, f"display {len(names) + 1}")
    facts = {"type": message["msg_type"], "content": content}
    if message["metadata"]:
        facts["metadata"] = message["metadata"]
    if message["buffers"]:
        facts["buffers"] = [base64.b64encode(bytes(buffer)).decode() for buffer in message["buffers"]]
    return facts


def main(whose, *which):
    script = json.loads((here / "calls.json").read_text())[whose]
    with Kernel(cwd=os.environ.get("COMPAT_FOLDER") or tempfile.mkdtemp()) as kernel:
        names = {}
        for cell in filter(None, (script["before"], script["before_ours"] if which else None)):
            status, messages = sent(kernel, cell, names)
            if status != "ok":
                sys.exit(f"{cell}: {json.dumps(messages)}")
        for call in script["calls"]:
            status, messages = sent(kernel, call["code"], names)
            record(call["what"], status=status, messages=messages)


main(*sys.argv[1:])
