"""Opens each chapter.md as JupyterLab does through jupytext, saves it, and prints where. argv: out folder, files."""

import sys
from pathlib import Path

import jupytext

out = Path(sys.argv[1])
for number, name in enumerate(sys.argv[2:]):
    notebook = jupytext.read(name)
    target = out / f"{number}.md"
    jupytext.write(notebook, target, fmt="md:myst")
    print(target)
