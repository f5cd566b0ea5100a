"""Writes the answers that chapter 02 is judged by: answers.json, computed by mpmath with 50 digits and by SciPy, not by us.

Run from the root of the repository:  python chapters/02-calculus/oracle/make.py
Made with mpmath 1.4.1, NumPy 2.4.6, SciPy 1.17.1 (by hand: only NumPy is among the project's pins).
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
from scipy.optimize import rosen_der, rosen_hess

mp.mp.dps = 50


def squire_trapp(x):
    return mp.exp(x) / mp.sqrt(mp.sin(x) ** 3 + mp.cos(x) ** 3)


def logistic():
    """Loss, gradient and Hessian of a small logistic regression, by mpmath."""
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=(12, 3)), 3)
    y = np.where(rng.random(12) < 0.5, -1, 1)
    w = np.round(rng.normal(size=3), 3)

    def loss(*v):
        margins = [y_i * mp.fsum(mp.mpf(float(a)) * b for a, b in zip(row, v)) for row, y_i in zip(x, y.tolist())]
        return mp.fsum(mp.log1p(mp.exp(-m)) for m in margins) / 12

    at = [mp.mpf(float(v)) for v in w]
    partial = lambda *orders: float(mp.diff(loss, at, orders))
    unit = np.eye(3, dtype=int).tolist()
    return {
        "x": x.tolist(), "y": y.tolist(), "w": w.tolist(), "loss": float(loss(*at)),
        "gradient": [partial(*e) for e in unit],
        "hessian": [[partial(*(np.array(a) + np.array(b)).tolist()) for b in unit] for a in unit],
    }  # fmt: skip


points = [[-1.2, 1.0], [0.5, -0.3], [1.0, 1.0], [2.0, 3.5]]
answers = {
    "derivatives": [float(mp.diff(squire_trapp, mp.mpf("1.5"), k)) for k in range(4)],
    "logistic": logistic(),
    "rosenbrock": {
        "points": points,
        "gradients": [rosen_der(np.array(p)).tolist() for p in points],
        "hessians": [rosen_hess(np.array(p)).tolist() for p in points],
    },
}
(Path(__file__).parent / "answers.json").write_text(json.dumps(answers, indent=0).replace("\n", "") + "\n", encoding="utf-8")
