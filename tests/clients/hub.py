"""JupyterHub's single-user server: a real hub starts it for a user, who runs a cell there with a token of the hub's.

The hub has no proxy: a proxy only forwards, is a program of its own (configurable-http-proxy), and knows nothing of kernels.
So the user speaks to the address at which the hub spawned the server.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from remote import RemoteKernel, ask, end, environment, free_port, record, wait_for

here = Path(os.environ["HOME"])
hub_port, user_port, admin_token = free_port(), free_port(), os.urandom(16).hex()
hub = f"http://127.0.0.1:{hub_port}/hub/api"
config = f"""
from jupyterhub.proxy import Proxy

class NoProxy(Proxy):
    should_start = False
    routes = {{}}
    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {{"routespec": routespec, "target": target, "data": data}}
    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)
    async def get_all_routes(self):
        return self.routes

c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.bind_url = "http://127.0.0.1:{free_port()}/"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {str(here)!r}
c.Spawner.cmd = [{str(Path(sys.executable).parent / "jupyterhub-singleuser")!r}]
c.Spawner.args = ["--allow-root"]
c.Spawner.ip = "127.0.0.1"
c.Spawner.port = {user_port}
c.Spawner.environment = {{name: value for name, value in __import__("os").environ.items() if name.startswith(("JUPYTER_", "IPYTHON", "PYTHON"))}}
c.Spawner.environment["JUPYTERHUB_SINGLEUSER_APP"] = "jupyter_server.serverapp.ServerApp"  # without JupyterLab's pages: tests/lab has those
c.JupyterHub.services = [{{"name": "test", "api_token": {admin_token!r}}}]
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"]}}]
c.JupyterHub.db_url = "sqlite:///" + {str(here / "hub.sqlite")!r}
c.JupyterHub.cookie_secret_file = {str(here / "cookie_secret")!r}
"""
(here / "hub_config.py").write_text(config)


async def main(base, token):
    kernel = await RemoteKernel(base, token).connect()
    record("single-user server", result=await kernel.text("const x: number = 41; x + 1"), user=await kernel.text("process.env.JUPYTERHUB_USER"))


process = subprocess.Popen([sys.executable, "-m", "jupyterhub", "-f", str(here / "hub_config.py")], stdout=sys.stderr, cwd=here, env=environment())
try:
    wait_for("a hub", lambda: ask(f"{hub}/", admin_token), process)
    ask(f"{hub}/users/ada", admin_token, "POST")
    ask(f"{hub}/users/ada/server", admin_token, "POST", {})
    wait_for("a single-user server", lambda: ask(f"{hub}/users/ada", admin_token)["servers"].get("", {}).get("ready"), process)
    token = ask(f"{hub}/users/ada/tokens", admin_token, "POST", {"note": "test"})["token"]
    asyncio.run(main(f"http://127.0.0.1:{user_port}/user/ada/", token))
    ask(f"{hub}/users/ada/server", admin_token, "DELETE")
finally:
    end(process)
