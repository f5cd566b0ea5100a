"""TypeScript in the kernel: type errors before a cell runs, what is asked of text, a server that dies or is too late."""

import os
import signal
import tempfile
import time

import psutil
from client import Kernel, record, streams


def server(k):
    """The language server: the kernel's only child."""
    for _ in range(100):
        found = [p for p in psutil.Process(k.pid).children(recursive=True) if "tsc" in p.name()]
        if found:
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("want a language server below the kernel, got none")


def traceback(k, code):
    reply, outputs = k.run(code)
    error = next((m for m in outputs if m["type"] == "error"), None)
    return {"status": reply["status"], "ename": reply.get("ename"), "evalue": reply.get("evalue"), "lines": reply.get("traceback"),
            "same": error is not None and error["traceback"] == reply.get("traceback"), "count": reply.get("execution_count")}


with tempfile.TemporaryDirectory() as folder, Kernel(cwd=folder) as k:
    wrong = traceback(k, "globalThis.ran = true;\nconst x: number = 1,\n  y: string = x;")
    record("type error", error=wrong, ran=k.text("typeof ran"))
    record("places", astral=traceback(k, "const s = '😀'; s.nope"), tab=traceback(k, "{\n\tlet t: number;\n\tt = 'text'\n}"), object=traceback(k, "{ a: 1, b: (1).nope }"),
           several=traceback(k, "Math.nope;\n1;\nMath.never"))

    record("legal", values=[k.text(code) for code in [
        "const again = 1; again", "const again = 'text'; again.length", "let count = 1; count", "count++; count", "count = 5; count",
        "interface P { x: number }; const p: P = { x: 1 }; p.x", "interface P { y: string }; const q: P = { y: 'a' }; q.y",
        "class A<T> { constructor(readonly item: T) {} }; new A(1).item", "const a: A<string> = new A('s'); a.item",
        "function twice(a) { return a + a }; twice(2)", "globalThis.made = 3; 1", "made + 1", "typeof nothing", "const unused = 1; 2 + 2",
        "import { readFileSync } from 'node:fs'; typeof readFileSync", "readFileSync.name", "await Promise.resolve(7)", "enum E { A, B }; E.B", "const e: E = E.A; e",
        "for (const k in { a: 1 }) console.log(k)", "const { u, v } = JSON.parse('{\"u\": 1}'); u", "const list = []; list.push(1); list.length", "export default 42", "_default + 1",
        "var early = 1; { var inside = 2 }; early", "early + inside", "type Pair<T> = [T, T]; const pair: Pair<number> = [1, 2]; pair[0]", "const other: Pair<string> = ['a', 'b']; other[1]"]])
    with open(os.path.join(folder, "local.ts"), "w") as file:
        file.write("export const unit: number = 2\nexport function scale(by: number): number { return unit * by }\n")
    record("imports", right=k.text("import { scale } from './local.ts'; scale(3)"), wrong=k.text("scale('3')"), package=k.text("import { parse } from 'acorn'; typeof parse"),
           below=k.text("import { zeros } from 'below/tensor'; zeros([2, 3]).shape.length"), chapter=k.text("import { matrix } from 'below/linear-algebra'; typeof matrix"))
    record("shape", error=traceback(k, "const w = zeros([384, 128]);\nconst h = zeros([2, 5, 128]);\nh.matmul(w)"), tensor=traceback(k, "import type { Tensor } from 'below/tensor';\nconst bad: Tensor<[2, 4]> = zeros([2, 5])"))

    record("echo", first=k.text("const broken: number = 'text'"), later=k.text("broken.toFixed(); broken"), mended=k.text("const broken: number = 5; broken"), after=k.text("broken.toFixed(1)"))
    k.run("const old = 'text'")
    record("half way", ename=k.run("const fail = (): number => { throw new Error('no') };\nconst old: number = fail()")[0]["ename"], old=k.text("old.length"))
