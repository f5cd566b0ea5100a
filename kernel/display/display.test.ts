/** `below/display` with a host that writes down what it is told, and without one. */
import { afterEach, expect, test, vi } from "vitest";
import {
  confirm,
  display,
  displaySymbol,
  html,
  image,
  json,
  latex,
  progress,
  progressLine,
  prompt,
  setHost,
  toBundle,
  type DisplayHost,
} from "./index.ts";

const inspect = (value: unknown): string => `<${typeof value}>`;

function recordingHost(): { host: DisplayHost; said: unknown[] } {
  const said: unknown[] = [];
  const host: DisplayHost = {
    inspect,
    publish: (display) => said.push(display),
    clear: (wait) => said.push({ wait }),
    prompt: (question) => question,
    comm: (message) => said.push(message),
    payload: (payload) => said.push(payload),
    waitFor: (work) => said.push(work),
  };
  return { host, said };
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("below.host"));
});

test("a value without a bundle is text, and one whose getters throw is no exception", () => {
  expect(toBundle(7, inspect)).toEqual({ "text/plain": "<number>" });
  const hostile = new Proxy({}, { get: () => { throw new Error("no"); } }); // prettier-ignore
  expect(toBundle(hostile, inspect)).toEqual({ "text/plain": "<object>" });
});

test("bytes in a bundle become base64", () => {
  expect(toBundle({ [displaySymbol]: () => ({ "image/png": Uint8Array.of(1, 2, 3) }) }, inspect)).toEqual({
    "image/png": "AQID",
  });
});

test("what is no bundle is refused by name", () => {
  for (const wrong of [7, null, [], { html: "<b>" }, { "text/html": undefined }]) {
    expect(() => toBundle({ [displaySymbol]: () => wrong }, inspect)).toThrow(/^display: want a bundle/);
  }
});

test("display is synchronous where it can be, and hands the host a promise where not", async () => {
  const { host, said } = recordingHost();
  setHost(host);
  display(html`<b>${1}</b>`, { displayId: "d" });
  display({ [displaySymbol]: async () => Promise.resolve({ "text/plain": "late" }) });
  expect(said[0]).toEqual({
    data: { "text/html": "<b>1</b>", "text/plain": "<b>1</b>" },
    metadata: {},
    displayId: "d",
  });
  await said[1];
  expect(said[2]).toMatchObject({ data: { "text/plain": "late" }, metadata: {} });
});

test("an update without a displayId is refused", () => {
  expect(() => display(1, { update: true })).toThrow(/want a displayId/);
});

test("a handle changes and clears what it showed, and is no result itself", () => {
  const { host, said } = recordingHost();
  setHost(host);
  const line = display(1);
  line.update(html("<b>2</b>"));
  line.clear();
  expect(said).toMatchObject([
    { data: { "text/plain": "<number>" }, displayId: line.id },
    { data: { "text/html": "<b>2</b>" }, displayId: line.id, update: true },
    { data: { "text/plain": "" }, displayId: line.id, update: true },
  ]);
  expect(said[0]).not.toHaveProperty("update");
  expect(toBundle(line, inspect)).toEqual({});
  expect(display(3).id).not.toBe(line.id);
});

test("an async iterable is one display: its strings are joined, of other values the last stands", async () => {
  const { host, said } = recordingHost();
  setHost(host);
  const parts = async function* (): AsyncGenerator {
    yield* ["to", "ken", "s"];
    yield html("<i>done</i>");
  };
  display(parts());
  await said[0];
  const shown = said.slice(1) as { data: object; displayId: string; update?: boolean }[];
  expect(shown[0].data).toEqual({ "text/plain": "to" });
  expect(shown.at(-1)!.data).toMatchObject({ "text/html": "<i>done</i>" });
  expect(shown.map(({ update }) => update ?? false)).toEqual(shown.map((_, i) => i > 0));
  expect(new Set(shown.map(({ displayId }) => displayId)).size).toBe(1);
});

test("what an async iterable gave before it failed stays, and the failure reaches the host", async () => {
  const { host, said } = recordingHost();
  setHost(host);
  const parts = async function* (): AsyncGenerator<string> {
    yield "half ";
    yield "way";
    throw new Error("cut off");
  };
  display(parts());
  await expect(said[0]).rejects.toThrow("cut off");
  expect(said.at(-1)).toMatchObject({ data: { "text/plain": "half way" } });
});

test("an empty answer means the standard one, which the question names; yes or no is asked as Deno asks", () => {
  const { host } = recordingHost();
  const asked: string[] = [];
  const answers = ["", "Grace", "", "y", "no"];
  setHost({
    ...host,
    prompt: (question, password) => (asked.push(`${question}${password}`), answers.shift()!),
  });
  expect([prompt("Who?", "Ada"), prompt("Who?", "Ada"), prompt("Key?", { password: true })]).toEqual(["Ada", "Grace", ""]); // prettier-ignore
  expect([confirm("Sure?"), confirm("Sure?")]).toEqual([true, false]);
  expect(asked.slice(0, 4)).toEqual([
    "Who? [Ada] false",
    "Who? [Ada] false",
    "Key?true",
    "Sure? [y/N] false",
  ]);
});

test("bytes of a picture and a library's canvas are pictures, beside their text", () => {
  expect(toBundle(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), inspect)).toEqual({
    "text/plain": "<object>",
    "image/png": "iVBORw==",
  });
  expect(toBundle({ toDataURL: () => "data:image/webp;base64,UklGRg==" }, inspect)).toMatchObject({ "image/webp": "UklGRg==" }); // prettier-ignore
  const broken = { toSpec: () => { throw new Error("no") } }; // prettier-ignore
  expect(toBundle(broken, inspect)).toEqual({ "text/plain": "<object>" });
});

test("without a host display prints text, and progress is silent", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  display(html("<b>x</b>"));
  expect([...progress([1, 2, 3])]).toEqual([1, 2, 3]);
  expect(log.mock.calls).toEqual([["<b>x</b>"]]);
  log.mockRestore();
});

test("progress passes its items on and ends with a full bar under one displayId", () => {
  const { host, said } = recordingHost();
  setHost(host);
  expect([...progress(3, "p")]).toEqual([0, 1, 2]);
  const shown = said as { data: Record<string, string>; displayId: string; update?: boolean }[];
  expect(shown.at(-1)!.data["text/plain"]).toMatch(/^p █+ 3\/3/);
  expect(new Set(shown.map(({ displayId }) => displayId)).size).toBe(1);
  expect(shown.map(({ update }) => update ?? false)).toEqual(shown.map((_, i) => i > 0));
});

test("progress also walks what comes asynchronously, and tells how far it came after a break", async () => {
  const { host, said } = recordingHost();
  setHost(host);
  const items = async function* (): AsyncGenerator<number> {
    yield* [10, 20, 30];
  };
  for await (const item of progress(items(), "a")) if (item === 20) break;
  expect((said.at(-1) as { data: Record<string, string> }).data["text/plain"]).toMatch(/^a 1 · /);
});

test("a bar inside another's loop writes on one line, whichever turn it is in; two at once on two", async () => {
  const { host, said } = recordingHost();
  setHost(host);
  for (const _ of progress(3, "outer")) for (const _ of progress(2, "inner")) void _;
  const idsOf = (label: string): Set<string> =>
    new Set(
      (said as { data: Record<string, string>; displayId: string }[])
        .filter(({ data }) => data["text/plain"].startsWith(label))
        .map(({ displayId }) => displayId),
    );
  expect([idsOf("outer").size, idsOf("inner").size]).toEqual([1, 1]);
  expect(idsOf("outer")).not.toEqual(idsOf("inner"));

  const slow = async function* (): AsyncGenerator<number> {
    for (const i of [1, 2]) yield await Promise.resolve(i);
  };
  const drain = async (label: string): Promise<void> => {
    for await (const _ of progress(slow(), label)) void _;
  };
  for (const _ of progress(2, "epochs")) await Promise.all([drain("left"), drain("right")]);
  expect([idsOf("left"), idsOf("right")].map(({ size }) => size)).toEqual([1, 1]);
  expect(idsOf("left")).not.toEqual(idsOf("right"));
});

test("where nobody watches a bar shows its last line only", () => {
  const { host, said } = recordingHost();
  setHost({ ...host, isLive: false });
  for (const _ of progress(5, "p")) void _;
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ data: { "text/plain": expect.stringContaining("5/5") } });
});

test("the line of progress: rate in items a second, time left, no division by zero", () => {
  expect(progressLine("t", 50, 100, 10)).toBe("t ████████████░░░░░░░░░░░░ 50/100 · 5.00/s · 10.0 s left");
  expect(progressLine("", 0, 0, 0)).toBe("████████████████████████ 0/0 · 0.00/s · 0.0 s");
  expect(progressLine("", 7, undefined, 2)).toBe("7 · 3.50/s · 2.0 s");
  expect(progressLine("", 1, 100, 75)).toMatch(/ · 2 h 03 min left$/);
  expect(progressLine("", 1, 2, 185)).toMatch(/ · 3 min 05 s left$/);
});

test("latex sets bare mathematics on a line of its own, and leaves what has its own marks", () => {
  const source = (text: string): unknown =>
    (toBundle(latex(text), inspect) as Record<string, unknown>)["text/latex"];
  expect(["x^2", "$x$", "\\begin{align}x\\end{align}"].map(source)).toEqual([
    "$$x^2$$",
    "$x$",
    "\\begin{align}x\\end{align}",
  ]);
});

test("an image knows its type by its first bytes", () => {
  expect(toBundle(image(Uint8Array.of(0x89, 0x50, 0x4e, 0x47)), inspect)).toMatchObject({
    "image/png": "iVBORw==",
  });
  expect(() => image(Uint8Array.of(1, 2, 3))).toThrow(/^image: want the bytes of a PNG/);
});

test("json is data, not text", () => {
  expect(toBundle(json({ a: [1] }), inspect)).toMatchObject({ "application/json": { a: [1] } });
});
