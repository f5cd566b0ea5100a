/** Live figures against a page that draws slowly: what is shown last is the truth, and nothing queues up. */
import { expect, test, vi } from "vitest";
import { tensor } from "../../../tensor/index.ts";
import { displaySymbol } from "../bundle.ts";
import { receiveComm } from "../comm.ts";
import { recordComms } from "./host.fixture.ts";
import { live, widget, type Live } from "./index.ts";

const esm = "export default {}";
const said = recordComms();

/** What pages were told to show, in order. */
function shown(): string[] {
  return said.flatMap(({ data }) => {
    const { state } = data as { state?: { shown?: { data: string } } };
    return state?.shown ? [state.shown.data] : [];
  });
}

async function open(figure: Live): Promise<string> {
  const bundle = await figure[displaySymbol]();
  const view = bundle["application/vnd.jupyter.widget-view+json"] as { model_id: string };
  return view.model_id;
}

function draws(id: string, n: number): Promise<void> {
  const data = { method: "custom", content: { drawn: n } };
  return receiveComm({ kind: "msg", id, data, metadata: {}, buffers: [] });
}

test("it shows again when a key that it read changes, and not for one that it did not", async () => {
  const w = widget(esm, { x: 1, other: 0 });
  let made = 0;
  await open(live(() => `${++made}: ${w.get("x")}`));
  w.set("other", 1);
  w.set("x", 2);
  await vi.waitFor(() => expect(shown()).toEqual(["1: 1", "2: 2"]));
});

test("it shows again when a tensor is assigned", async () => {
  const w = tensor([1, 2]);
  await open(live(async () => (await w.mul(10).tolist()).join()));
  w.assign(tensor([3, 4]));
  await vi.waitFor(() => expect(shown()).toEqual(["10,20", "30,40"]));
});

test("a page that draws gets at most one picture ahead; of a thousand changes the last is shown", async () => {
  const w = widget(esm, { x: 0 });
  const id = await open(live(() => String(w.get("x"))));
  await draws(id, 1);
  for (let x = 1; x <= 1000; x++) {
    w.set("x", x);
    if (x % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const ahead = shown().length;
  expect(ahead).toBeLessThanOrEqual(3); // the first, the one that is drawn, the one on its way
  for (let n = 1; shown().at(-1) !== "1000" && n < 10; n++) {
    await draws(id, n);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(shown().at(-1)).toBe("1000");
  expect(shown().length).toBeLessThanOrEqual(ahead + 2);
});

test("a change while it is made is not missed", async () => {
  const w = widget(esm, { x: 1 });
  let isFirst = true;
  await open(
    live(async () => {
      const x = w.get("x");
      if (x === 2 && isFirst) {
        isFirst = false;
        w.set("x", 3);
      }
      await Promise.resolve();
      return String(x);
    }),
  );
  w.set("x", 2);
  await vi.waitFor(() => expect(shown()).toEqual(["1", "2", "3"]));
});

test("its error stands in its place until the next change; stopped, it stays as it is", async () => {
  const w = widget(esm, { x: 1 });
  const figure = live(() => {
    if (w.get("x") === 2) throw new RangeError("two");
    return `${w.get("x")}`;
  });
  await open(figure);
  w.set("x", 2);
  await vi.waitFor(() => expect(shown().at(-1)).toBe("live: RangeError: two"));
  w.set("x", 3);
  await vi.waitFor(() => expect(shown().at(-1)).toBe("3"));
  figure.stop();
  w.set("x", 4);
  await new Promise((resolve) => setImmediate(resolve));
  expect(shown().at(-1)).toBe("3");
});

test("its bundle has the picture as well, for whoever runs no scripts", async () => {
  const figure = live(() => ({ [displaySymbol]: () => ({ "image/svg+xml": "<svg/>", "text/plain": "a" }) }), {
    description: "words",
  });
  expect(await figure[displaySymbol]()).toMatchObject({ "image/svg+xml": "<svg/>", "text/plain": "words" });
});
