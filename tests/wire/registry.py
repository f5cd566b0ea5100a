"""A package registry on this machine, with one package, for tests that install: no network is needed, and npm is the real one."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "below-test-greeting"
MANIFEST = {"name": NAME, "version": "1.2.3", "type": "module", "exports": {"types": "./index.d.ts", "default": "./index.js"},
            "scripts": {"postinstall": "node -e \"require('fs').writeFileSync('ran', '')\""}}
FILES = {"package.json": json.dumps(MANIFEST), "index.js": "export const greet = name => `hello ${name}`;\n", "index.d.ts": "export declare function greet(name: string): string;\n"}


def tarball():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in FILES.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def serve():
    """Starts it; returns its address. It ends with this process."""
    data = tarball()

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith(".tgz"):
                return self.answer(200, data, "application/octet-stream")
            if self.path.strip("/") != NAME:
                return self.answer(404, b'{"error": "Not found"}', "application/json")
            dist = {"tarball": f"{address}{NAME}/-/{NAME}-1.2.3.tgz", "integrity": "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()}
            version = {**MANIFEST, "dist": dist, "hasInstallScript": True}
            self.answer(200, json.dumps({"name": NAME, "dist-tags": {"latest": "1.2.3"}, "versions": {"1.2.3": version}}).encode(), "application/json")

        def answer(self, status, body, kind):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return address
