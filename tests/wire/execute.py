"""Requests and replies: execute and everything that a front end asks beside it."""

from client import Kernel, record, streams

with Kernel() as k:
    record("kernel_info", shell=k.ask("kernel_info_request", {}), control=k.ask("kernel_info_request", {}, "control"))

    message_id = k.send("const answer: number = 40; answer + 2")
    record("result", messages=k.outputs(message_id), reply=k.reply(message_id)["content"])

    before = k.run("1")[0]["execution_count"]
    silent = k.run("console.log('heard'); globalThis.quiet = 1; 5", silent=True)
    unstored = k.run("quiet + 1", store_history=False)
    record("silent", before=before, silent=silent, unstored=unstored, after=k.run("2")[0]["execution_count"])

    record("expressions", reply=k.run("const e = 20", user_expressions={"good": "e + 1", "bad": "missing"})[0])

    reply, outputs = k.run("const deep = () => {\n  throw new TypeError('no')\n}\ndeep()")
    record("error", reply=reply, outputs=outputs)

    # Late enough that the others are there whatever else the machine does.
    ids = [k.send("await new Promise((resolve) => setTimeout(resolve, 500)); throw 1"), k.send("2"), k.send("3")]
    record("abort", replies=[k.reply(i)["content"] for i in ids], outputs=k.outputs(ids[2]), next=k.run("4")[0]["status"])
    ids = [k.send("throw 1", stop_on_error=False), k.send("2")]
    record("no abort", statuses=[k.reply(i)["content"]["status"] for i in ids])

    codes = ["1 + 1", "let = = 3", "function f() {", "`open", "const x: number = 1"]
    record("is_complete", statuses=[k.ask("is_complete_request", {"code": c})["status"] for c in codes])

    k.run("const shelf = { apple: 1, avocado: { pit: 2 }, get trap() { globalThis.sprung = true; return {} } }; const é = { u: 1 }")
    def complete(code, cursor=None):
        reply = k.ask("complete_request", {"code": code, "cursor_pos": len(code) if cursor is None else cursor})
        return [reply["matches"], reply["cursor_start"], reply["cursor_end"]]
    record("complete", members=complete("shelf.a"), nested=complete("shelf.avocado."), optional=complete("shelf?.avocado?.p"),
           globals=complete("she"), text=complete('"x".toUpp'), astral=complete('"😀"; shelf.ap'), middle=complete("shelf.av + 1", 8),
           getter=complete("shelf.trap."), call=complete("shelf().ap"), sprung=k.text("typeof sprung"), missing=complete("nowhere.x"),
           accented=complete("é."), keyword=complete("awai"))

    def inspect(code, cursor, detail=0):
        return k.ask("inspect_request", {"code": code, "cursor_pos": cursor, "detail_level": detail})
    k.run("function area(w: number, h: number) {\n  return w * h\n}")
    record("inspect", function=inspect("area(1, 2)", 2), source=inspect("area", 4, 1), value=inspect("shelf.apple", 8), object=inspect("shelf.apple", 2),
           missing=inspect("nowhere", 3), getter=inspect("shelf.trap", 8), sprung=k.text("typeof sprung"))

    def history(**request):
        return k.ask("history_request", {"raw": True, "output": False, **request})["history"]
    tail = history(hist_access_type="tail", n=3)
    session, line, _ = tail[0]
    record("history", tail=tail, range=history(hist_access_type="range", session=session, start=line, stop=line + 2),
           search=history(hist_access_type="search", pattern="*area*", n=5), unique=history(hist_access_type="search", pattern="?", unique=True),
           output=history(hist_access_type="range", session=0, start=2, stop=3, output=True))

    message = k.client.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    k.client.shell_channel.send(message)
    record("comms", outputs=k.outputs(message["header"]["msg_id"]), info=k.ask("comm_info_request", {}))

    message_id = k.send("console.log('begun'); while (true) {}")
    live = k.outputs(message_id, until=lambda m: m["msg_type"] == "stream")
    record("busy", output=streams(live), heartbeat=k.client.hb_channel.is_beating(), info=k.ask("kernel_info_request", {}, "control")["status"],
           complete=complete("shelf.a"), is_complete=k.ask("is_complete_request", {"code": "f("})["status"],
           interrupt=k.interrupt(), reply=k.reply(message_id)["content"]["ename"])

    record("types", answer=k.text("enum Fruit { Apple, Pear }\nclass Box<T> { constructor(readonly item: T) {} }\n`${Fruit[1]} ${new Box(7).item}`"),
           redeclare=k.text("const answer = 'again'; answer"), class_=k.text("class answer { size = 3 }; new answer().size"),
           awaited=k.text("const later = await new Promise<number>(done => setTimeout(() => done(6), 5)); later * 7"),
           settled=k.text("Promise.resolve(8)"), nothing=k.text("undefined"), null=k.text("null"), shadow=k.text("const process = 1, Promise = 2, Object = 3, Atomics = 4, Reflect = 5, JSON = 6, Set = 7; process"),
           error=k.run("throw 8")[0]["status"], alive=k.text("process; await null; display(console.log(process)); ({ a: [1] })"))
