/** Laws: what is taken apart comes together again; and the paths of ipywidgets' own documentation. */
import { expect, test } from "vitest";
import { asKindOf, joinBuffers, splitBuffers } from "./buffers.ts";

test("the example of ipywidgets' protocol: a nested buffer, and one in a list", () => {
  const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  const { state, buffer_paths, buffers } = splitBuffers({ x: { y: a, n: 1 }, z: ["s", b] });
  expect(state).toEqual({ x: { n: 1 }, z: ["s", null] });
  expect(buffer_paths).toEqual([["x", "y"], ["z", 1]]); // prettier-ignore
  expect(buffers).toEqual([a, b]);
});

test("split, sent as JSON and joined, a state is what it was", () => {
  const state = {
    n: 1,
    text: "a",
    list: [Uint8Array.of(9), [null, Uint8Array.of()]],
    deep: { er: { bytes: Uint8Array.of(1, 2, 3) } },
  };
  const { buffers, ...sent } = splitBuffers(state);
  const { state: json, buffer_paths: paths } = JSON.parse(JSON.stringify(sent)) as typeof sent;
  expect(joinBuffers(json, paths, buffers)).toEqual(state);
});

test("a view of a part of its memory sends that part", () => {
  const numbers = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
  const [bytes] = splitBuffers({ numbers }).buffers;
  expect(asKindOf(numbers, bytes)).toEqual(new Float32Array([2, 3]));
});

test("bytes that do not fill whole numbers stay bytes", () => {
  expect(asKindOf(new Float64Array(1), Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
});

test("a path that leads nowhere is refused", () => {
  expect(() => joinBuffers({ x: 1 }, [["x", "y"]], [Uint8Array.of(1)])).toThrow(
    /want a buffer at each of its paths, got none at x\.y/,
  );
});
