"""A kernel behind a Jupyter server, as a web page uses it: REST to start it, a web socket to speak to it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

PATIENCE = 60  # seconds until what does not come counts as lost; no test measures time


def record(promise, **facts):
    print(json.dumps({"promise": promise, **facts}), flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, token, method="GET", body=None):
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {token}"}, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait_for(what, check, process):
    """The first true answer of `check`, which may raise OSError while nothing listens."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"want {what}, got the end of its process with {process.returncode}")
        try:
            if answer := check():
                return answer
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"want {what} within {PATIENCE} s, got none")


def end(process):
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


class RemoteKernel:
    """One kernel named `below` behind the server at `base` (with a slash at its end)."""

    def __init__(self, base, token):
        self.base, self.token = base, token
        self.id = ask(f"{base}api/kernels", token, "POST", {"name": "below"})["id"]

    async def connect(self):
        url = f"{self.base}api/kernels/{self.id}/channels".replace("http", "ws", 1)
        self.socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {self.token}"}))
        return self

    async def next(self):
        message = await asyncio.wait_for(self.socket.read_message(), PATIENCE)
        if message is None:
            sys.exit("want a message on the web socket, got its end")
        return json.loads(message)

    async def text(self, code):
        """Runs a cell; the text of its result, or the name of its error."""
        message_id = uuid.uuid4().hex
        header = {"msg_id": message_id, "msg_type": "execute_request", "username": "", "session": "remote", "version": "5.3", "date": ""}
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        await self.socket.write_message(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}))
        text = replied = None
        while not (replied and (text is not None or replied == "idle")):
            message = await self.next()
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind = message["header"]["msg_type"]
            if kind == "execute_result":
                text = message["content"]["data"]["text/plain"]
            elif kind == "error":
                text = f"{message['content']['ename']}: {message['content']['evalue']}"
            elif kind == "execute_reply":
                replied = "replied"
            elif kind == "status" and message["content"]["execution_state"] == "idle":
                replied = "idle"
        return text

    async def until(self, states):
        """The next status that is one of `states`, whatever its parent."""
        while True:
            message = await self.next()
            if message["header"]["msg_type"] == "status" and message["content"]["execution_state"] in states:
                return message["content"]["execution_state"]

    def state(self):
        return ask(f"{self.base}api/kernels/{self.id}", self.token)["execution_state"]


def environment(**more):
    return {**os.environ, **more}
