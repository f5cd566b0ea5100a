"""Writes the answers that chapter 03 is judged by: answers.json, computed by SciPy and by Python's Counter, not by us.

Run from the root of the repository, after `npm ci`:  python chapters/03-probability/oracle/make.py
Made with NumPy 2.4.6, SciPy 1.17.1 (by hand: only NumPy is among the project's pins).
"""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.special import log_softmax, logsumexp, rel_entr
from scipy.stats import chi2, entropy

HERE = Path(__file__).parent
NOVEL = HERE.parents[2] / "node_modules" / "@stdlib" / "datasets-moby-dick" / "data" / "data.txt"


def distributions() -> dict:
    rng = np.random.default_rng(8)
    q, p = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    return {
        "q": q.tolist(), "p": p.tolist(), "entropy": entropy(q), "kl": entropy(q, p),
        "crossEntropy": entropy(q) + float(rel_entr(q, p).sum()),
    }  # fmt: skip


def logits() -> dict:
    rows = [[0.1, -2.3, 4.0], [1000.0, 999.0, -1000.0], [-1e4, -1e4, -1e4], [3.5, 3.5, -80.0]]
    return {
        "rows": rows,
        "logSumExp": logsumexp(rows, axis=1).tolist(),
        "logSoftmax": log_softmax(rows, axis=1).tolist(),
    }  # fmt: skip


def letters() -> dict:
    """Counts of the 27 symbols in chapters 1 to 108: a space for every run of what is not a letter."""
    chapters = re.split(r"^CHAPTER \d+\. (?:.+\n)+", NOVEL.read_text(encoding="utf-8"), flags=re.M)[1:]
    text = " ".join(" ".join(chapters[:108]).split())
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    counts = Counter(re.sub(r"[^a-z]+", " ", plain).strip())
    return {"counts": [counts[c] for c in " abcdefghijklmnopqrstuvwxyz"]}


table = [(0.5, 1), (3.84, 1), (10.0, 9), (26.0, 26), (70.0, 26), (900.0, 999), (1200.0, 999)]
answers = {
    "distributions": distributions(),
    "logits": logits(),
    "letters": letters(),
    "chiSquare": [{"statistic": x, "freedom": k, "tail": float(chi2.sf(x, k))} for x, k in table],
}
(HERE / "answers.json").write_text(json.dumps(answers, indent=0).replace("\n", "") + "\n", encoding="utf-8")
