"""The GPT of model.ts and train.ts in PyTorch: the same numbers from the same seeds, an independent judge of the losses and a peer in time."""
import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONFIGS = {
    "tiny": dict(layers=2, width=32, heads=2, length=16, batch=4, vocabulary=65),
    "GPT-128": dict(layers=4, width=128, heads=4, length=64, batch=16, vocabulary=65),
    "GPT-384": dict(layers=6, width=384, heads=6, length=256, batch=8, vocabulary=65),
}


def threefry(seed, n):
    """n words of Threefry-2x32-20 (Salmon et al. 2011), counters (0, 0), (1, 0), … under the key (low word, high word) of the seed."""
    rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    k = [np.uint32(seed % 2**32), np.uint32(seed >> 32)]
    k.append(k[0] ^ k[1] ^ np.uint32(0x1BD11BDA))
    with np.errstate(over="ignore"):
        a = np.arange((n + 1) // 2, dtype=np.uint32) + k[0]
        b = np.zeros_like(a) + k[1]
        for r in range(20):
            a = a + b
            turn = rotations[r % 8]
            b = (b << np.uint32(turn) | b >> np.uint32(32 - turn)) ^ a
            if r % 4 == 3:
                s = r // 4 + 1
                a, b = a + k[s % 3], b + k[(s + 1) % 3] + np.uint32(s)
    return np.stack([a, b], 1).reshape(-1)[:n]


def uniform(shape, seed):
    return (threefry(seed, math.prod(shape)) >> np.uint32(8)).astype(np.float64).reshape(shape) / 2**24


def normal(shape, seed):
    n = math.prod(shape)
    pairs = uniform(((n + 1) // 2, 2), seed)
    radius, angle = np.sqrt(-2 * np.log(1 - pairs[:, 0])), 2 * np.pi * pairs[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:n].reshape(shape)


class Block(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(c), nn.LayerNorm(c)
        self.qkv, self.mix, self.up, self.down = nn.Linear(c, 3 * c), nn.Linear(c, c), nn.Linear(c, 4 * c), nn.Linear(4 * c, c)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, c)
        x = x + self.mix(y)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self, layers, width, heads, length, batch, vocabulary):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        self.initialise()

    def in_order(self):
        """Parameters in the order of parameterShapes in model.ts, with what each is."""
        yield self.tokens.weight, "embedding"
        yield self.positions.weight, "embedding"
        for b in self.blocks:
            for m in (b.norm1, b.qkv, b.mix, b.norm2, b.up, b.down):
                yield m.weight, "scale" if isinstance(m, nn.LayerNorm) else "matrix"
                yield m.bias, "bias"
        yield self.norm.weight, "scale"
        yield self.norm.bias, "bias"
        yield self.head.weight, "matrix"

    @torch.no_grad()
    def initialise(self):
        for seed, (p, kind) in enumerate(self.in_order()):
            if kind == "scale":
                p.fill_(1)
            elif kind == "bias":
                p.fill_(0)
            else:  # nn.Linear keeps the transpose
                shape = tuple(p.shape)[::-1] if kind == "matrix" else tuple(p.shape)
                x = torch.from_numpy((normal(shape, seed).astype(np.float32) * np.float32(0.02)))
                p.copy_(x.T if kind == "matrix" else x)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Trainer:
    def __init__(self, config):
        self.config = config
        self.model = GPT(**config)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        b, t, v = config["batch"], config["length"], config["vocabulary"]
        texts = [np.floor(uniform((b, t + 1), 1000 + n) * v).astype(np.int64) for n in range(4)]
        self.batches = [(torch.from_numpy(x[:, :-1].copy()), torch.from_numpy(x[:, 1:].copy())) for x in texts]
        self.done = 0

    def step(self):
        tokens, targets = self.batches[self.done % 4]
        self.done += 1
        loss = F.cross_entropy(self.model(tokens).view(-1, self.config["vocabulary"]), targets.view(-1))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()
