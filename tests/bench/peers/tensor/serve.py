"""python serve.py numpy|torch THREADS: NumPy and PyTorch behind the lines of serve.mjs. With "exact" as a third argument NumPy answers in float64."""
import json
import os
import pathlib
import sys
import time

name, threads = sys.argv[1], sys.argv[2]
exact = len(sys.argv) > 3
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = threads

import numpy as np

if name == "torch":
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(int(threads))
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "gpt"))


def numbers(shape, salt):
    i = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(salt * 40503)
    hashed = (i * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    return ((hashed >> np.uint64(8)).astype(np.float64) / 2**23 - 1).astype(np.float64 if exact else np.float32).reshape(shape)


def indices(n, salt, below):
    return np.floor((numbers((n,), salt).astype(np.float64) + 1) / 2 * below).astype(np.int64)


def inputs(task):
    kind = task["kind"]
    if kind == "matmul":
        return [numbers((task["n"], task["n"]), salt) for salt in (1, 2)]
    if kind == "matvec":
        return matvec_inputs(task)
    if kind == "gelu":
        return [numbers((task["n"],), 1)]
    x = numbers((task["rows"], task["columns"]), 1)
    if kind == "softmax":
        return [x]
    if kind == "layernorm":
        return [x, numbers((task["columns"],), 2), numbers((task["columns"],), 3)]
    return [x, indices(task["n"], 2, task["rows"])]


def matvec_inputs(task):
    """The matrix and the vector as quantised blocks of 32 have them (docs/tensor.md); scales are f16, the vector's f32."""
    w, x = numbers((task["n"], task["n"]), 1), numbers((task["n"],), 2)
    if task["format"] == "f32":
        return [w, x]
    f4, b = np.float32, w.astype(np.float32).reshape(task["n"], -1, 32)
    extreme = np.take_along_axis(b, np.abs(b).argmax(-1, keepdims=True), -1)
    scale = (np.abs(extreme) / f4(127) if task["format"] == "q8" else extreme / f4(-8)).astype(np.float16)
    whole = b * (f4(1) / scale.astype(f4))
    whole = np.rint(whole) if task["format"] == "q8" else np.minimum(15, np.floor(whole + f4(8.5))) - 8
    v = x.astype(f4).reshape(-1, 32)
    d = np.abs(v).max(-1, keepdims=True) / f4(127)
    rounded = np.rint(v * (f4(1) / d)).astype(np.float64) * d
    return [(whole.astype(np.float64) * scale.astype(np.float64)).reshape(w.shape), rounded.reshape(-1)]


def np_erf(x):
    if exact:
        import math
        return np.vectorize(math.erf)(x)
    # Abramowitz and Stegun (1964), 7.1.26 has too few digits; NumPy has no erf of its own, so it gets a rational of f32 accuracy.
    z = np.clip(x, -4, 4)
    z2 = z * z
    a = z2 * (z2 * (z2 * (z2 * (z2 * (z2 * np.float32(-2.72614225801306e-10) + np.float32(2.77068142495902e-08)) + np.float32(-2.10102402082508e-06)) + np.float32(-5.69250639462346e-05)) + np.float32(-7.34990630326855e-04)) + np.float32(-2.95459980854025e-03)) + np.float32(-1.60960333262415e-02)
    b = z2 * (z2 * (z2 * (z2 * np.float32(-1.45660718464996e-05) + np.float32(-2.13374055278905e-04)) + np.float32(-1.68282697438203e-03)) + np.float32(-7.37332916720468e-03)) + np.float32(-1.42647390514189e-02)
    return z * a / b


def np_softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def np_layernorm(x, scale, shift):
    off = x - x.mean(-1, keepdims=True)
    return off / np.sqrt((off * off).mean(-1, keepdims=True) + np.asarray(1e-5, x.dtype)) * scale + shift


NUMPY = {
    "matmul": lambda a, b: a @ b,
    "matvec": lambda a, b: a @ b,
    "softmax": np_softmax,
    "layernorm": np_layernorm,
    "gelu": lambda x: x * np.asarray(0.5, x.dtype) * (1 + np_erf(x * np.asarray(0.5**0.5, x.dtype))),
    "gather": lambda x, i: np.take(x, i, 0),
}
TORCH = {
    "matmul": lambda a, b: a @ b,
    "softmax": lambda x: torch.softmax(x, -1),
    "layernorm": lambda x, scale, shift: F.layer_norm(x, x.shape[-1:], scale, shift),
    "gelu": lambda x: F.gelu(x),
    "gather": lambda x, i: F.embedding(i, x),
}


def prepare(task):
    if task["kind"] == "train":
        if name != "torch":
            raise ValueError("train is not asked of NumPy")
        from gpt import CONFIGS, Trainer
        trainer = Trainer(CONFIGS[task["config"]])
        return trainer.step, lambda: [trainer.step() for _ in range(4)]
    if task["kind"] not in (NUMPY if name == "numpy" else TORCH):
        raise ValueError(f"{task['kind']} is not asked of {name}")
    given = inputs(task)
    if name == "torch":
        given = [torch.from_numpy(x) for x in given]
        torch.set_grad_enabled(False)
    f = (TORCH if name == "torch" else NUMPY)[task["kind"]]

    def sample():
        y = np.asarray(f(*given)).reshape(-1)
        return [float(y[int(i * ((y.size - 1) / 63))]) for i in range(64)]

    return lambda: f(*given), sample


def measure(run, min_ms):
    times, start = [], time.perf_counter()
    while True:
        before = time.perf_counter()
        run()
        now = time.perf_counter()
        times.append((now - before) * 1000)
        if (now - start) * 1000 >= min_ms:
            return sorted(times)[len(times) // 2]


current = None
for line in sys.stdin:
    request = json.loads(line)
    try:
        if request["do"] == "prepare":
            if name == "torch":
                torch.set_grad_enabled(True)
            current = None
            current = prepare(request["task"])
            reply = {"ok": True}
        elif request["do"] == "sample":
            reply = {"ok": current[1]()}
        else:
            reply = {"ok": measure(current[0], request["minMs"])}
    except Exception as error:
        reply = {"fault": f"{type(error).__name__}: {error}".split("\n")[0]}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
