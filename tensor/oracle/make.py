"""Answers of NumPy to the questions of the tests, as oracle/*.json, .npy and .safetensors. Not our code: that is the point.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 safetensors==0.8.0 && venv/bin/python tensor/oracle/make.py

A case is {op, args, inputs: [{dtype, shape, data}], output: {dtype, shape, data}}. Inputs are exact in their dtype, outputs are
computed in float64 from them wherever the operation rounds, so that the oracle is nearer to the truth than what it judges.
"""
import json
import math
import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
NAMES = {"float32": "f32", "float64": "f32", "float16": "f16", "int32": "i32", "int64": "i32", "uint32": "u32",
         "int8": "i8", "uint8": "u8", "bool": "bool"}


def number(x):
    if isinstance(x, (bool, np.bool_)):
        return int(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return float(f"{x:.10g}")


def array(a, dtype=None):
    a = np.asarray(a)
    return {"dtype": dtype or NAMES[str(a.dtype)], "shape": list(a.shape), "data": [number(x) for x in a.reshape(-1)]}


def normal(*shape, scale=2.0):
    """f32 numbers with few digits, so that the file is small and they are exact in it."""
    return (np.round(rng.normal(size=shape) * scale * 64) / 64).astype(np.float32)


def integers(low, high, shape, dtype=np.int32):
    return rng.integers(low, high, size=shape).astype(dtype)


cases = []


def case(op, inputs, output, *args, dtype=None):
    cases.append({"op": op, "args": list(args), "inputs": [array(x) for x in inputs], "output": array(output, dtype)})


def wide(x):
    return x.astype(np.float64) if x.dtype == np.float32 else x


# Elementwise, one input.
edges = np.array([0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-7, -1e-7, 88, -88, 700, 1e30, np.inf, -np.inf, np.nan], np.float32)
erf = np.vectorize(math.erf)
unary = {"neg": np.negative, "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil, "round": np.rint, "trunc": np.trunc,
         "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos,
         "tanh": np.tanh, "erf": erf, "square": np.square, "reciprocal": np.reciprocal, "isnan": np.isnan, "isfinite": np.isfinite}
with np.errstate(all="ignore"):
    for name, f in unary.items():
        for x in (edges, normal(3, 5), np.zeros((0, 3), np.float32), normal()):
            if f is erf and x.size == 0:
                case(name, [x], x)
                continue
            y = f(wide(x))
            case(name, [x], y if y.dtype == bool else y.astype(np.float64))
    for name in ("neg", "abs", "sign", "square"):
        for dtype in (np.int32, np.int8, np.uint8, np.uint32):
            x = integers(-100 if np.issubdtype(dtype, np.signedinteger) else 0, 100, (7,), dtype)
            case(name, [x], unary[name](x))

    # Elementwise, two inputs: shapes that broadcast, sizes that are 1 or prime, none at all.
    shapes = [((3, 5), (3, 5)), ((3, 5), (5,)), ((7, 1), (1, 3)), ((2, 1, 3), (5, 1)), ((), (3,)), ((0, 3), (3,)), ((1,), (1, 1))]
    binary = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "floorDivide": np.floor_divide, "mod": np.mod,
              "maximum": np.maximum, "minimum": np.minimum, "equal": np.equal, "notEqual": np.not_equal, "less": np.less,
              "lessEqual": np.less_equal, "greater": np.greater, "greaterEqual": np.greater_equal}
    for name, f in binary.items():
        for a, b in shapes:
            x, y = normal(*a), normal(*b)
            y = np.where(y == 0, np.float32(1), y)
            case(name, [x, y], f(wide(x), wide(y)))
        specials = np.array([1, -1, 0, np.inf, -np.inf, np.nan], np.float32)
        if name not in ("floorDivide", "mod"):
            case(name, [specials[:, None], specials[None, :]], f(wide(specials[:, None]), wide(specials[None, :])))
        for dtype in (np.int32, np.uint8, np.int8):
            x, y = integers(0, 100, (3, 5), dtype), integers(0, 20, (5,), dtype)
            if name == "div":
                continue
            if np.issubdtype(dtype, np.signedinteger):
                x, y = x - np.array(50, dtype), y - np.array(10, dtype)
            case(name, [x, y], f(x, y))
    big = integers(-(2**31), 2**31 - 1, (11,))
    case("mul", [big, big[::-1].copy()], big * big[::-1])
    case("add", [big, big], big + big)
    base, power = np.abs(normal(3, 5)) + np.float32(0.25), normal(5)
    case("pow", [base, power], wide(base) ** wide(power))
    case("pow", [specials[:, None], specials[None, :]], wide(specials[:, None]) ** wide(specials[None, :]))
    mask = integers(0, 2, (3, 5)).astype(bool)
    other = integers(0, 2, (5,)).astype(bool)
    for name, f in {"logicalAnd": np.logical_and, "logicalOr": np.logical_or, "logicalXor": np.logical_xor}.items():
        case(name, [mask, other], f(mask, other))
    case("logicalNot", [mask], ~mask)
    for name, f in {"bitwiseAnd": np.bitwise_and, "bitwiseOr": np.bitwise_or, "bitwiseXor": np.bitwise_xor}.items():
        for dtype in (np.int32, np.uint32, np.uint8, np.int8):
            x, y = integers(0, 120, (3, 5), dtype), integers(0, 120, (5,), dtype)
            case(name, [x, y], f(x, y))
    for name, f in {"leftShift": np.left_shift, "rightShift": np.right_shift}.items():
        for dtype in (np.int32, np.uint32, np.uint8, np.int8):
            top = np.iinfo(dtype)
            x = np.array([top.min, top.max, 1, 5, 100], dtype)
            y = np.array([1, 3, 7, 0, 2], dtype)
            case(name, [x, y], f(x, y))
    p, q = normal(3, 5), normal(5)
    case("where", [mask, p, q], np.where(mask, p, q))
    case("clip", [p], np.clip(p, -1, 1.5), -1, 1.5)

    # Casts that NumPy defines. (Out of range it does not; the tests state our rule.)
    x = normal(3, 5)
    case("cast", [x], x.astype(np.int32), "i32")
    case("cast", [x], x.astype(np.float16), "f16")
    case("cast", [x], x.astype(bool), "bool")
    case("cast", [big], big.astype(np.uint8), "u8")
    case("cast", [big], big.astype(np.int8), "i8")
    case("cast", [big], big.astype(np.uint32), "u32")
    case("cast", [mask], mask.astype(np.float32), "f32")
    halves = np.array([1 / 3, 65504, 65520, 6e-8, 2e-8, 1e-5, -1.0009765625, np.nan], np.float32)
    case("cast", [halves], halves.astype(np.float16), "f16")

    # Reductions: axes from both ends, several, all; sizes 1 and 0.
    reductions = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "mean": np.mean, "var": np.var, "std": np.std}
    for name, f in reductions.items():
        for shape in ((3, 5), (2, 3, 5), (7,), (1, 1), (13,)):
            x = normal(*shape, scale=1.0)
            for axis in (None, 0, -1) + (((0, -1),) if len(shape) > 1 else ()):
                for keepdims in (False, True):
                    y = f(wide(x), axis=axis, keepdims=keepdims)
                    case(name, [x], y, None if axis is None else list(axis) if isinstance(axis, tuple) else axis, {"keepdims": keepdims})
    x = normal(2, 0, 3)
    for name in ("sum", "prod"):
        for axis in (1, None, 0):
            case(name, [x], reductions[name](wide(x), axis=axis), axis)
    x = integers(-50, 50, (3, 5))
    for name in ("sum", "prod", "max", "min"):
        case(name, [x], reductions[name](x, axis=1, **({} if name in ("max", "min") else {"dtype": np.int32})), 1)
    x = integers(0, 255, (3, 5), np.uint8)
    case("sum", [x], x.sum(0, dtype=np.int32), 0)
    case("max", [x], x.max(0), 0)
    case("mean", [x], x.mean(0), 0)
    case("sum", [mask], mask.sum(0), 0)
    case("all", [mask], mask.all(0), 0)
    case("any", [mask], mask.any(-1), -1)
    x = normal(3, 5)
    case("var", [x], wide(x).var(0, ddof=1), 0, {"correction": 1})
    case("std", [x], wide(x).std(ddof=1), None, {"correction": 1})
    ties = np.array([[1, 3, 3], [np.nan, 5, np.nan], [2, 2, 2]], np.float32)
    for name, f in {"argmax": np.argmax, "argmin": np.argmin}.items():
        for a in (ties, normal(3, 5), integers(-9, 9, (2, 3, 5))):
            for axis in (None, 0, -1):
                case(name, [a], f(a, axis=axis), axis)
    for name in ("max", "min"):
        case(name, [ties], reductions[name](ties, axis=1), 1)
    for axis in (0, 1, -1):
        a, b = normal(2, 3, 5), integers(-9, 9, (3, 5))
        case("cumsum", [a], wide(a).cumsum(axis), axis)
        case("cumsum", [b], b.cumsum(axis if axis < 2 else 0, dtype=np.int32), axis)

# Shape and selection.
x = normal(2, 3, 5)
case("reshape", [x], x.reshape(5, 6), [5, -1])
case("reshape", [x], x.reshape(1, 30, 1), [1, 30, 1])
case("flatten", [x], x.reshape(-1))
case("transpose", [x], x.swapaxes(-2, -1))
case("transpose", [x], x.swapaxes(0, 2), 0, -1)
case("permute", [x], x.transpose(2, 0, 1), [2, 0, 1])
case("permute", [x], x.transpose(-1, 1, 0), [-1, 1, 0])
case("broadcastTo", [x[:, :1]], np.broadcast_to(x[:, :1], (4, 2, 3, 5)), [4, 2, 3, 5])
case("squeeze", [x[:1, :, :1]], np.squeeze(x[:1, :, :1]))
case("squeeze", [x[:1, :, :1]], np.squeeze(x[:1, :, :1], -1), -1)
for axis in (0, 1, -1, 3):
    case("unsqueeze", [x], np.expand_dims(x, axis), axis)
case("flip", [x], np.flip(x))
case("flip", [x], np.flip(x, (0, -1)), [0, -1])
slices = [([0], x[0]), ([-1, 2], x[-1, 2]), ([":", [1, 3]], x[:, 1:3]), ([":", ":", [None, None, -1]], x[:, :, ::-1]),
          ([[1, None], ":", [None, None, 2]], x[1:, :, ::2]), ([":", [-2, -1]], x[:, -2:-1]), ([":", ":", [4, 0, -2]], x[:, :, 4:0:-2]),
          ([[1, 1]], x[1:1]), ([":", [0, 99]], x[:, 0:99]), ([":", ":", [-99, 99, 3]], x[:, :, -99:99:3]), ([":", [2, None, -1], 1], x[:, 2::-1, 1]),
          ([1, [5, 9]], x[1, 5:9]), ([":", ":", [1, -99, -1]], x[:, :, 1:-99:-1])]
for ranges, y in slices:
    case("slice", [x], y, *ranges)
case("pad", [x], np.pad(x, ((1, 0), (0, 2), (3, 1)), constant_values=-1), [[1, 0], [0, 2], [3, 1]], -1)
case("tril", [x], np.tril(x))
case("tril", [x], np.tril(x, 1), 1)
case("triu", [x], np.triu(x, -1), -1)
case("diagonal", [x[:, :, :3]], np.diagonal(x[:, :, :3], axis1=-2, axis2=-1))
for i, part in enumerate(np.split(x, 3, axis=1)):
    case("split", [x], part, 3, 1, i)
for i, part in enumerate(np.split(x, [1, 4], axis=-1)):
    case("split", [x], part, [1, 3, 1], -1, i)
y = normal(2, 2, 5)
case("concat", [x, y], np.concatenate([x, y], 1), 1)
case("concat", [x, y, x], np.concatenate([x, y, x], -2), -2)
case("concat", [x[:, :0], y], np.concatenate([x[:, :0], y], 1), 1)
case("stack", [x, x * 2], np.stack([x, x * 2]), 0)
case("stack", [x, x * 2], np.stack([x, x * 2], -1), -1)
for axis in (0, 1, -1):
    index = integers(0, x.shape[axis], (4, 2))
    case("take", [x, index], np.take(x, index, axis), axis)
index = integers(0, 3, (2, 4, 5))
case("gather", [x, index], np.take_along_axis(x, index, 1), 1)
index = integers(0, 5, (2, 3, 1))
case("gather", [x, index], np.take_along_axis(x, index, -1), -1)
for axis in (0, 1):
    index = integers(0, x.shape[axis], (7,))
    shape = list(x.shape)
    shape[axis] = 7
    updates = normal(*shape)
    y = wide(x).copy()
    np.add.at(y, (slice(None),) * axis + (index,), wide(updates))
    case("scatterAdd", [x, index, updates], y, axis)

# Makers.
case("arange", [], np.arange(7, dtype=np.float32), 7)
case("arange", [], np.arange(2, -3, -1.5, dtype=np.float64), 2, -3, -1.5)
case("arange", [], np.arange(3, 20, 4, dtype=np.int32), 3, 20, 4, {"dtype": "i32"})
case("linspace", [], np.linspace(-1, 2, 7), -1, 2, 7)
case("linspace", [], np.linspace(3, 4, 1), 3, 4, 1)
case("eye", [], np.eye(3, 5, dtype=np.float32), 3, 5)
v = normal(3)
case("diag", [v], np.diag(v))

# Products.
for a, b in [((3, 5), (5, 7)), ((1, 1), (1, 1)), ((5,), (5,)), ((3, 5), (5,)), ((5,), (5, 2)), ((2, 3, 5), (5, 2)), ((3, 5), (2, 5, 2)),
             ((4, 1, 3, 5), (2, 5, 2)), ((0, 5), (5, 3)), ((3, 0), (0, 2)), ((13, 17), (17, 11)), ((2, 3, 5), (5,)), ((5,), (2, 5, 3))]:
    x, y = normal(*a), normal(*b)
    case("matmul", [x, y], wide(x) @ wide(y))
x, y = integers(-9, 9, (3, 5)), integers(-9, 9, (5, 2))
case("matmul", [x, y], x @ y)
for spec, *shapes in [("ij,jk->ik", (3, 5), (5, 2)), ("bij,bjk->bik", (2, 3, 5), (2, 5, 7)), ("ii->i", (5, 5)), ("ii->", (5, 5)), ("ij->ji", (3, 5)),
                      ("ij->j", (3, 5)), ("i,j->ij", (3,), (5,)), ("ij,ij->", (3, 5), (3, 5)), ("bhtd,bhsd->bhts", (2, 3, 5, 4), (2, 3, 7, 4)),
                      ("ij,jk,kl->il", (2, 3), (3, 5), (5, 2)), ("ij,kj,k->ik", (2, 3), (5, 3), (5,)), ("iij,jk->ki", (3, 3, 2), (2, 5)), ("i,i->", (0,), (0,)),
                      ("ab,cd->dbca", (2, 3), (4, 5)), ("ijk,k->ij", (2, 3, 5), (5,)), (",i->i", (), (3,))]:
    inputs = [normal(*s) for s in shapes]
    case("einsum", inputs, np.einsum(spec, *map(wide, inputs)), spec)


def attention(q, k, v, causal=False, window=None, mask=None, scale=None):
    """The definition, head by head."""
    out = np.zeros((*q.shape[:-1], v.shape[-1]))
    (*_, heads, queries, depth), (*_, key_heads, keys, _) = q.shape, k.shape
    for b in range(q.shape[0]):
        for h in range(heads):
            g = h // (heads // key_heads)
            s = q[b, h] @ k[b, g].T * (scale or depth**-0.5)
            if mask is not None:
                s = s + np.broadcast_to(np.where(mask, 0, -np.inf) if mask.dtype == bool else mask, q.shape[:-1] + (keys,))[b, h]
            t, u = np.arange(queries)[:, None] + keys - queries, np.arange(keys)[None]
            if causal:
                s = np.where(u <= t, s, -np.inf)
            if window is not None:
                s = np.where(u > t - window, s, -np.inf)
            with np.errstate(invalid="ignore"):
                p = np.exp(s - s.max(-1, keepdims=True))
                p = p / p.sum(-1, keepdims=True)
            out[b, h] = np.where(np.isnan(p), 0, p) @ v[b, g]
    return out


for heads, key_heads, t, s, options in [(2, 2, 5, 5, {}), (4, 2, 3, 7, {"causal": True}), (2, 1, 5, 5, {"causal": True, "window": 2}), (1, 1, 1, 6, {"causal": True}),
                                        (2, 2, 5, 3, {"causal": True}), (2, 2, 3, 5, {"scale": 0.5})]:
    q, k, v = normal(2, heads, t, 4, scale=1.0), normal(2, key_heads, s, 4, scale=1.0), normal(2, key_heads, s, 3, scale=1.0)
    case("attention", [q, k, v], attention(*map(wide, (q, k, v)), **options), options)
q, k, v = normal(2, 2, 3, 4, scale=1.0), normal(2, 2, 5, 4, scale=1.0), normal(2, 2, 5, 4, scale=1.0)
for mask in (integers(0, 2, (3, 5)).astype(bool), normal(2, 1, 3, 5)):
    case("attention", [q, k, v, mask], attention(*map(wide, (q, k, v)), mask=mask), {})

# Order. NumPy's sort is ascending with NaN last; descending is the stable order of the negatives.
ties = np.array([[1, 3, 3, -0.0, 0.0], [np.nan, 5, np.nan, -np.inf, np.inf], [2, 2, 2, 2, 1]], np.float32)
for a in (ties, normal(2, 3, 5), integers(-9, 9, (3, 7)), integers(0, 255, (11,), np.uint8), np.zeros((0, 3), np.float32)):
    for axis in (-1, 0):
        case("sort", [a], np.sort(a, axis, kind="stable"), axis)
        case("argsort", [a], np.argsort(a, axis, kind="stable").astype(np.int32), axis)
        wide_negative = -a.astype(np.float64)
        order = np.argsort(wide_negative, axis, kind="stable")
        case("argsort", [a], order.astype(np.int32), axis, {"descending": True})
        case("sort", [a], np.take_along_axis(a, order, axis), axis, {"descending": True})
        if a.shape[axis] >= 2:
            first = np.take(order, range(2), axis)
            case("topk", [a], np.take_along_axis(a, first, axis), 2, axis, "values")
            case("topk", [a], first.astype(np.int32), 2, axis, "indices")

# Assignment to a slice.
x = normal(2, 3, 5)
for ranges, index, shape in [([0], np.s_[0], (3, 5)), ([":", [1, 3]], np.s_[:, 1:3], (2, 5)), ([":", -1, [None, None, -2]], np.s_[:, -1, ::-2], (2, 3)),
                             ([[1, None], [0, 0]], np.s_[1:, 0:0], (1,)), ([":", ":", [4, 0, -3]], np.s_[:, :, 4:0:-3], ()), ([1, 2, 3], np.s_[1, 2, 3], ())]:
    value, y = normal(*shape), x.copy()
    y[index] = value
    case("setSlice", [x, value], y, *ranges)

# einsum with an ellipsis, broadcasting what it stands for.
for spec, *shapes in [("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)), ("...->...", (2, 3)), ("i...,i->...", (3, 2, 5), (3,)), ("...i->...", (2, 3)),
                      ("b...d,d->b...", (2, 3, 5, 4), (4,)), ("...ii->...i", (2, 3, 3)), ("i,...->...i", (3,), (2, 2)), ("...,...->...", (3, 1), (4,))]:
    inputs = [normal(*s) for s in shapes]
    case("einsum", inputs, np.einsum(spec, *map(wide, inputs)), spec)


# Blocks of 32 as llama.cpp rounds them (ggml-quants.c: quantize_row_q8_0, quantize_row_q4_0), with the f16 scale used for rounding too.
def blocks(w):
    return w.reshape(w.shape[0], -1, 32)


def inverse(scale):
    scale = scale.astype(np.float32)
    return np.divide(np.float32(1), scale, out=np.zeros_like(scale), where=scale != 0)


def q8(w):
    b = blocks(w)
    scale = (np.abs(b).max(-1, keepdims=True) / np.float32(127)).astype(np.float16)
    return np.rint(b * inverse(scale)).astype(np.int8), scale


def q4(w):
    b = blocks(w)
    extreme = np.take_along_axis(b, np.abs(b).argmax(-1, keepdims=True), -1)
    scale = (extreme / np.float32(-8)).astype(np.float16)
    return np.minimum(15, np.floor(b * inverse(scale) + np.float32(8.5))).astype(np.uint8), scale


def q8_of_x(x):
    b = x.reshape(-1, 32)
    scale = np.abs(b).max(-1, keepdims=True) / np.float32(127)
    return np.rint(b * inverse(scale)).astype(np.int64), scale.astype(np.float64)


for n, k in [(3, 32), (5, 96), (1, 64), (7, 160)]:
    w, x = normal(n, k), normal(k)
    w[0, :32] = 0
    xq, d = q8_of_x(x)
    (q, s), (p, t) = q8(w), q4(w)
    whole = p.astype(np.int64) - 8
    packed = p[..., :16] | p[..., 16:] << 4
    case("quantize", [w], q.reshape(n, k), "q8", "quants")
    case("quantize", [w], s.reshape(n, -1), "q8", "scales")
    case("quantize", [w], packed.reshape(n, k // 2), "q4", "quants")
    case("quantize", [w], t.reshape(n, -1), "q4", "scales")
    for name, numbers, scale in (("q8", q.astype(np.int64), s), ("q4", whole, t)):
        scale = scale.astype(np.float64)
        case("dequantize", [w], (numbers * scale).reshape(n, k), name)
        case("qmatvec", [w, x], ((numbers * xq[None]).sum(-1) * scale[..., 0] * d[None, :, 0]).sum(-1), name)


# Gradients of attention by complex steps: f(x + ih) has the derivative as its imaginary part over h, without any formula for it.
def complex_attention(q, k, v, causal=False, window=None, mask=None, scale=None):
    heads, queries, keys = q.shape[-3], q.shape[-2], k.shape[-2]
    out = []
    for b in range(q.shape[0]):
        for h in range(heads):
            g = h // (heads // k.shape[1])
            s = q[b, h] @ k[b, g].T * (scale or q.shape[-1] ** -0.5)
            t, u = np.arange(queries)[:, None] + keys - queries, np.arange(keys)[None]
            seen = np.ones((queries, keys), bool)
            if causal:
                seen &= u <= t
            if window is not None:
                seen &= u > t - window
            if mask is not None and mask.dtype == bool:
                seen &= np.broadcast_to(mask, (*q.shape[:-1], keys))[b, h]
            elif mask is not None:
                s = s + np.broadcast_to(mask, (*q.shape[:-1], keys))[b, h]
            p = np.where(seen, np.exp(np.where(seen, s - np.where(seen, s.real, -1e9).max(-1, keepdims=True), 0)), 0)
            total = p.sum(-1, keepdims=True)
            out.append(np.where(total == 0, 0, p / np.where(total == 0, 1, total)) @ v[b, g])
    return np.array(out).reshape(*q.shape[:-1], v.shape[-1])


def gradients(g, inputs, options):
    """d⟨g, attention(inputs)⟩ by each element of each input of floats."""
    names = ("q", "k", "v", "mask")
    found = {}
    for name, x in zip(names, inputs):
        if x.dtype == bool:
            continue
        found[name] = np.zeros(x.shape)
        for i in np.ndindex(*x.shape):
            step = x.astype(complex)
            step[i] += 1e-30j
            given = dict(zip(names, inputs)) | {name: step}
            found[name][i] = (g * complex_attention(**given, **options)).sum().imag / 1e-30
    return found


for heads, key_heads, t, s, options, mask in [(2, 2, 3, 3, {}, None), (4, 2, 2, 5, {"causal": True}, None), (2, 1, 4, 4, {"causal": True, "window": 2}, None),
                                              (2, 2, 4, 2, {"causal": True}, None), (1, 1, 3, 4, {"scale": 0.5}, "bool"), (2, 1, 3, 4, {}, "f32")]:
    inputs = [normal(2, heads, t, 4, scale=1.0), normal(2, key_heads, s, 4, scale=1.0), normal(2, key_heads, s, 3, scale=1.0)]
    if mask is not None:
        inputs.append(integers(0, 2, (t, s)).astype(bool) if mask == "bool" else normal(heads, 1, s, scale=1.0))
    g = normal(2, heads, t, 3, scale=1.0)
    for name, y in gradients(wide(g), list(map(wide, inputs)), options).items():
        case("attentionVjp", [g, *inputs], y, options, name)

(HERE / "ops.json").write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


# Threefry-2x32-20 in Python's own integers, written from the paper's Table 4 and equation 3, and the uniforms made of it.
def threefry(key, counter):
    rotations, m = [13, 15, 26, 6, 17, 29, 16, 24], 2**32
    ks = [key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA]
    a, b = (counter[0] + ks[0]) % m, (counter[1] + ks[1]) % m
    for r in range(20):
        a = (a + b) % m
        n = rotations[r % 8]
        b = ((b << n | b >> (32 - n)) % m) ^ a
        if r % 4 == 3:
            s = r // 4 + 1
            a, b = (a + ks[s % 3]) % m, (b + ks[(s + 1) % 3] + s) % m
    return a, b


draws = []
for seed in (0, 1, 42, 2**32 + 5, 2**53 - 1):
    words = [threefry((seed % 2**32, seed >> 32), (i // 2, 0))[i % 2] for i in range(7)]
    uniform = [(w >> 8) / 2**24 for w in words]
    pairs = [(math.sqrt(-2 * math.log(1 - (a >> 8) / 2**24)), 2 * math.pi * (b >> 8) / 2**24)
             for a, b in (threefry((seed % 2**32, seed >> 32), (j, 0)) for j in range(4))]
    gauss = [f for r, t in pairs for f in (r * math.cos(t), r * math.sin(t))][:7]
    draws.append({"seed": seed, "bits": words, "uniform": uniform, "normal": gauss})
(HERE / "random.json").write_text(json.dumps(draws) + "\n")

# Files as NumPy and safetensors write them.
base = np.arange(6).reshape(2, 3)
for name, dtype in {"f4": "<f4", "f8": "<f8", "f2": "<f2", "i8": "<i8", "i4": "<i4", "i2": "<i2", "i1": "i1", "u4": "<u4", "u1": "u1", "b1": "?"}.items():
    np.save(HERE / f"{name}.npy", (base - 2 if dtype[-2:-1] != "u" and dtype != "?" else base).astype(dtype))
np.save(HERE / "fortran.npy", np.asfortranarray(base.astype("<f4")))
np.save(HERE / "scalar.npy", np.array(2.5, "<f4"))
np.save(HERE / "vector.npy", np.arange(3, dtype="<f4"))
np.save(HERE / "empty.npy", np.zeros((0, 3), "<f4"))
np.save(HERE / "complex.npy", np.zeros(2, np.complex64))
np.save(HERE / "wide.npy", np.array([1, 2**40]))
with open(HERE / "version2.npy", "wb") as f:
    np.lib.format.write_array(f, base.astype("<f4"), version=(2, 0))
save_file({"a": (base / 2).astype(np.float32), "b": base.astype(np.int64), "h": base.astype(np.float16), "m": base > 2, "s": np.array(7, np.int32)},
          HERE / "sample.safetensors", metadata={"made": "by numpy"})
print(len(cases), "cases with numpy", np.__version__, file=sys.stderr)
