"""A socket that nobody has introduced: raw frames to a kernel's shell."""

import zmq


def stranger(k, frames, wait=300):
    """Sends raw frames to shell; the frames that come back, or None."""
    info = k.manager.get_connection_info()
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(f"tcp://{info['ip']}:{info['shell_port']}")
    socket.send_multipart(frames)
    answer = socket.recv_multipart() if socket.poll(wait) else None
    socket.close()
    return answer
