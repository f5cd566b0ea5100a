"""TypeScript in the kernel: type errors before a cell runs, what is asked of text, a server that dies or is too late."""

import os
import signal
import tempfile
import time

import psutil
from client import Kernel, record, streams
from registry import NAME, serve


def server(k):
    """The language server: the kernel's only child."""
    for _ in range(100):
        found = [p for p in psutil.Process(k.pid).children(recursive=True) if "tsc" in p.name()]
        if found:
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("want a language server below the kernel, got none")


def halt(process):
    """SIGSTOP, and until every thread stands: on a busy machine the others go on while the one that is to stop them waits its turn."""
    os.kill(process.pid, signal.SIGSTOP)
    tasks = f"/proc/{process.pid}/task"
    while not all(state == "T" for state in states(tasks)) or process.status() != psutil.STATUS_STOPPED:
        time.sleep(0.005)


def states(tasks):
    if not os.path.isdir(tasks):
        return []
    return [open(os.path.join(tasks, each, "stat")).read().rpartition(")")[2].split()[0] for each in os.listdir(tasks)]


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

    k.run("const shelf = { apple: 1, avocado: { pit: 2 } }; \n/**\n * Doubles.\n * @param n what to double\n */\nfunction twofold(n: number): number { return n * 2 }; class Tree { rings = 3; grow() { this.rings++ } }; const tree = new Tree()")
    k.run("const basket: { plum?: number } = {}")
    k.run("const loose: any = { live: 1, livelier: 2, get trap() { globalThis.sprung = true; return 1 } }")

    def complete(code, cursor=None):
        reply = k.ask("complete_request", {"code": code, "cursor_pos": len(code) if cursor is None else cursor})
        return {"matches": reply["matches"][:60], "start": reply["cursor_start"], "end": reply["cursor_end"],
                "types": {m["text"]: [m["type"], m.get("signature")] for m in reply["metadata"]["_jupyter_types_experimental"]}}
    record("completion", members=complete("tree.r"), call=complete("twofold(3).toFi"), earlier=complete("twof"), live=complete("loose.li"), trap=complete("loose.tr"), sprung=k.text("typeof sprung"),
           astral=complete("'😀😀'; shelf.avo"), middle=complete("shelf.av + 1", 8), quoted=complete("'shelf.a"), shadowed=complete("(shelf: string) => shelf.at"), optional=complete("basket.pl"), local=complete("function f(first: number) { fir }", 31), keyword=complete("awai"), type=complete("let p: Prom"),
           file=complete("import { scale } from './lo"), folder=complete("import 'below/ten"), node=complete("import { readFileSync } from 'node:f"), names=complete("import { readFileSy } from 'node:fs'", 19), key=complete("shelf['a"))

    def inspect(code, cursor=None, detail=0):
        reply = k.ask("inspect_request", {"code": code, "cursor_pos": len(code) if cursor is None else cursor, "detail_level": detail})
        return reply["data"] if reply["found"] else None
    record("inspection", function=inspect("twofold(1)", 3), end=inspect("twofold"), value=inspect("shelf.apple"), inside=inspect("twofold("), second=inspect("Math.atan2(1, "), source=inspect("twofold", 2, 1),
           astral=inspect("'😀'; shelf.apple", 12), nothing=inspect("   "), unknown=inspect("nowhere"), imported=inspect("import { join } from 'node:path'; join", 38))

    record("mode", warn=k.run("%typecheck warn\nconst odd: number = 'text'; odd.length"), echo=k.run("odd.toUpperCase()"), off=k.run("// %typecheck off\nconst quiet: number = 'text'; quiet"),
           still=k.run("const loud: number = 'text'")[0]["ename"], session=[k.run("%typecheck off")[0]["status"], k.text("const soft: number = 'text'; soft"), k.run("%typecheck stop")[0]["status"], k.run("const loud: number = 'text'")[0]["ename"]],
           wrong=k.run("%typecheck of")[0]["evalue"], shown=streams(k.run("%typecheck")[1]))
    record("directives", time=k.run("%time\n1 + 1"), expression=k.run("%time 40 + 2"), comment=k.run("// %time\nconst t = 5; t"), unknown=traceback(k, "\n%tmie\n1"), comment_only=k.run("// %50 of it\n1")[0]["status"],
           remainder=k.text("7\n% 4"), env=k.run("%env BELOW_TEST_VALUE=some text\nprocess.env.BELOW_TEST_VALUE"), read=streams(k.run("process.env.BELOW_TEST_OTHER = 'x'; 1")[1]), shown=streams(k.run("%env BELOW_TEST_OTHER")[1]),
           unset=k.run("%env BELOW_TEST_OTHR")[0]["evalue"], help=streams(k.run("%help")[1]), line=traceback(k, "%time\n// %env BELOW_TEST_VALUE\nnope.x")["lines"][1])
    k.run("const pixels = new Float32Array(784); const weights = zeros([2, 3]); const counts = new Map([['a', 1]])")
    reply, outputs = k.run("%who")
    record("who", data=outputs[0]["data"], kinds=[m["type"] for m in outputs])

    # The server dies, is stopped, and is there again.
    first = server(k)
    first.kill()
    first.wait()
    record("killed", cell=k.run("const after: number = 1; after"), wrong=k.run("const bad2: number = 'text'")[0]["ename"], other=server(k).pid != first.pid, shown=streams(k.run("twofold(4)")[1]), earlier=k.run("twofold('4')")[0]["ename"])

with tempfile.TemporaryDirectory() as folder:
    os.environ["BELOW_TYPECHECK_DEADLINE_MS"] = "4000"
    with Kernel(cwd=folder) as k:
        k.run("1")
        stopped = server(k)
        halt(stopped)
        record("late", cell=k.run("const late: number = 'text'; 2"), again=k.run("3"), counted=streams(k.run("%typecheck")[1]), complete=k.ask("complete_request", {"code": "lat", "cursor_pos": 3})["matches"],
               gone=not stopped.is_running() or stopped.status() == psutil.STATUS_ZOMBIE, checked=k.run("const wrong: number = 'text'")[0]["ename"])
        child = server(k)
        record("no child of its own", names=[p.name() for p in child.children(recursive=True)], path=child.environ().get("PATH"))
        os.kill(k.pid, signal.SIGKILL)
        psutil.wait_procs([child], timeout=20)
        record("orphan", gone=not child.is_running())
    del os.environ["BELOW_TYPECHECK_DEADLINE_MS"]

with tempfile.TemporaryDirectory() as folder:
    os.environ["npm_config_registry"] = serve()
    os.environ["npm_config_cache"] = os.path.join(folder, "cache")
    project = os.path.join(folder, "project")
    os.mkdir(project)
    with Kernel(cwd=project) as k:
        use = f"import {{ greet }} from '{NAME}'; greet('reader')"
        before = k.run(use)[0]["evalue"]
        reply, outputs = k.run(f"%npm install {NAME}\n{use}")
        record("npm", before=before, status=reply["status"], outputs=streams(outputs), result=k.text(use), typed=k.run("greet(7)")[0]["evalue"],
               files=sorted(os.listdir(project)), scripts=os.path.exists(os.path.join(project, "node_modules", NAME, "ran")),
               missing=k.run("%npm install below-test-nothing")[0]["evalue"], version=k.run(f"%npm install {NAME}@9")[0]["evalue"], odd=k.run("%npm install --global x")[0]["evalue"], nothing=k.run("%npm")[0]["evalue"], list=k.run("%npm ls")[0]["evalue"],
               names=k.ask("complete_request", {"code": "import 'below-test", "cursor_pos": 18})["matches"])
