/** The inspector against Node's own `util.inspect`, which it imitates, and against values that want to break it. */
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { inspectValue } from "./inspect.ts";

class Point {
  x = 1;
  get norm(): number {
    throw new Error("sprung");
  }
}
class Named extends Point {
  static kind = "named";
  list = [1, 2, { a: { b: { c: { d: { e: 1 } } } } }];
}
const circular: Record<string, unknown> = { name: "c", inner: {} };
(circular["inner"] as Record<string, unknown>)["back"] = circular;

const ordinary: readonly unknown[] = [
  1, -0, 12n, Number.NaN, true, null, undefined, Symbol("s"), "a\nb", "it's", `it's "q"`, "\u001b[31m", "\ud800", "back\\slash",
  [], {}, [1, 2, 3], [["a", "b"], ["c"]], [undefined, null], [[[[[[1]]]]]], Array.from({ length: 150 }, (_, i) => i * 7),
  { a: 1, "b c": 2, [Symbol("k")]: 3 }, { a: "x", n: null }, { deep: { deep: { deep: { deep: { deep: { deep: 1 } } } } } },
  new Map<unknown, unknown>([[1, { a: [1, [2, [3]]] }]]), new Set(["x", { y: 1 }]), new Map(), new Float32Array([1, 2.5]), BigInt64Array.of(1n),
  new (class extends Map<number, number> {})([[1, 2]]), new Date(0), new Date(Number.NaN), /a/gi,
  () => 1, function named() {}, async () => {}, function* generator() {}, Point, Named, { method() {} }, Object.assign(() => 1, { k: 2 }),
  new Point(), new Named(), circular, Object.create(null), Object.assign(Object.create(null), { q: 1 }), Math,
  { get a() { return 1 }, set b(_: number) {}, get c() { return 1 }, set c(_: number) {} }, Object.assign([1, 2], { extra: true }),
  [1, , 3, , ,], // oxlint-disable-line no-sparse-arrays -- holes are what is tested
]; // prettier-ignore

test.each(ordinary.map((value, index) => ({ index, value })))(
  "value $index reads as in Node",
  ({ value }) => {
    const oneLine = (text: string): string => text.replace(/\s+/g, " ");
    expect(oneLine(inspectValue(value))).toBe(oneLine(inspect(value, { depth: 4, breakLength: 100 })));
  },
);

test("lines break where Node breaks them, once a value does not fit on one", () => {
  for (const value of [circular, new Named(), ordinary.find((each) => each instanceof Map)])
    expect(inspectValue(value)).toBe(inspect(value, { depth: 4, breakLength: 100 }));
});

test("no getter runs, also not in an array", () => {
  const array = [1];
  Object.defineProperty(array, 1, { get: () => expect.unreachable("a getter ran"), enumerable: true });
  expect(inspectValue({ array })).toBe("{ array: [ 1, [Getter] ] }");
});

test("a value of any size is a screen or two of text: keys, items, strings, nesting", () => {
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i]));
  const long = Array.from({ length: 200 }, () =>
    Array.from({ length: 200 }, () => Array<number>(200).fill(1)),
  );
  expect(inspectValue(wide)).toMatch(/\.\.\. 99900 more keys\n\}$/);
  expect(
    inspectValue({ wide, long, text: "x".repeat(1e6), numbers: new Float64Array(1e6) }).length,
  ).toBeLessThan(50_000);
  expect(inspectValue("x".repeat(10_001))).toMatch(/'\.\.\. 1 more character$/);
});

test("what throws when it is looked at is told, and its neighbours are shown", () => {
  const hostile = new Proxy({}, { get: () => { throw new Error("trap") }, ownKeys: () => { throw new Error("trap") } }); // prettier-ignore
  expect(inspectValue([1, hostile, 2])).toBe("[ 1, [a object that cannot be shown: trap], 2 ]");
  const hook = { [Symbol.for("nodejs.util.inspect.custom")]: () => { throw new Error("own fault") } }; // prettier-ignore
  expect(inspectValue({ hook })).toContain("own fault");
});

test("a class's own inspect hook is asked, as Node asks it", () => {
  const money = { [Symbol.for("nodejs.util.inspect.custom")]: () => "5 €" };
  expect(inspectValue({ money })).toBe("{ money: 5 € }");
});
