"""PyTorch's losses of the first steps, as oracle.json: what ours must reach. Not our code: that is the point.

    python -m venv venv && venv/bin/pip install torch==2.15.0 numpy==2.4.6 && venv/bin/python tests/bench/gpt/oracle.py
"""
import json
import pathlib

import torch

from gpt import CONFIGS, Trainer

losses = {}
for name, config in CONFIGS.items():
    trainer = Trainer(config)
    losses[name] = {
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "losses": [round(trainer.step(), 6) for _ in range(12 if name != "GPT-384" else 6)],
    }
    print(name, losses[name])
(pathlib.Path(__file__).parent / "oracle.json").write_text(json.dumps({"torch": torch.__version__, **losses}, indent=2) + "\n")
