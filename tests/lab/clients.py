"""Runs a notebook with a client of Jupyter's own: `clients.py nbclient|jupyter_client IN.ipynb OUT.ipynb`.

Exits with 1 and the cell's number if a cell fails that is not tagged `raises-exception`.
"""

import sys

import nbformat
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient


def with_nbclient(notebook):
    NotebookClient(notebook, timeout=300).execute()


def with_jupyter_client(notebook):
    manager, client = start_new_kernel(kernel_name=notebook.metadata.kernelspec.name)
    try:
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and cell.source.strip():
                run_cell(client, number, cell)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def run_cell(client, number, cell):
    outputs = []

    def keep(message):
        if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            outputs.append(nbformat.v4.output_from_msg(message))

    reply = client.execute_interactive(cell.source, timeout=300, output_hook=keep)["content"]
    if reply["status"] != "ok" and "raises-exception" not in cell.metadata.get("tags", []):
        sys.exit(f"cell {number}: {reply.get('ename')}: {reply.get('evalue')}")
    cell.outputs = outputs
    cell.execution_count = reply["execution_count"]


def main():
    client, source, target = sys.argv[1:]
    notebook = nbformat.read(source, as_version=4)
    {"nbclient": with_nbclient, "jupyter_client": with_jupyter_client}[client](notebook)
    nbformat.write(notebook, target)


main()
