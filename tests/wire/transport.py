"""Signatures, encryption, ipc: what a stranger on the same port gets, and what a client with the key gets."""

import os
import tempfile

import zmq
from client import PATIENCE, Kernel, record
from transport_tools import stranger


with Kernel() as k:
    session = k.client.session
    message = session.msg("kernel_info_request", {})
    signed = session.serialize(message)  # <IDS|MSG>, signature, header, parent, metadata, content
    answered = stranger(k, signed, PATIENCE * 1000)
    replayed = stranger(k, signed)
    fresh = lambda: session.serialize(session.msg("kernel_info_request", {}))  # noqa: E731
    forged = fresh()
    forged[1] = b"0" * 64
    unsigned = fresh()
    unsigned[1] = b""
    changed = fresh()
    changed[5] = b'{"changed":1}'
    bad_json = fresh()
    bad_json[5] = b"{"
    bad_json[1] = session.sign(bad_json[2:6])
    record("signatures", answered=answered is not None, replayed=stranger(k, signed), forged=stranger(k, forged), unsigned=stranger(k, unsigned),
           changed=stranger(k, changed), malformed=stranger(k, bad_json), short=stranger(k, [b"<IDS|MSG>"]), noise=stranger(k, [b"\x00\xff" * 50]),
           alive=k.text("'alive'"))

    frames = session.serialize(session.msg("execute_request", {"code": "'with identity'", "silent": False}))
    reply = stranger(k, [b"one", b"two", *frames], PATIENCE * 1000)
    record("identities", first=[part.decode() for part in reply[:3]])

    info = k.manager.get_connection_info()
    subscriber = zmq.Context.instance().socket(zmq.SUB)
    subscriber.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    subscriber.subscribe(b"")
    welcome = {"msg_type": None}
    while welcome["msg_type"] != "iopub_welcome":  # the idle of the request above may come in before it
        assert subscriber.poll(PATIENCE * 1000)
        welcome = session.deserialize(session.feed_identities(subscriber.recv_multipart())[1])
    record("welcome", type=welcome["msg_type"], content=welcome["content"], parent=welcome["parent_header"])
    subscriber.close()

for transport in ["tcp", "ipc"]:
    with Kernel(transport=transport, transport_encryption="required", ip=os.path.join(tempfile.mkdtemp(), "k") if transport == "ipc" else "127.0.0.1") as k:
        info = k.manager.get_connection_info()
        plain = stranger(k, [b"x"], 200) if transport == "tcp" else None
        record(f"curve over {transport}", encrypted=bool(info.get("curve_publickey")), result=k.text("6 * 7"), plain=plain)

with Kernel(transport="ipc", ip=os.path.join(tempfile.mkdtemp(), "k")) as k:
    record("ipc", result=k.text("6 * 7"), interrupt=k.interrupt())
