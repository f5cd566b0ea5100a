/** Formulas of indices against plain arithmetic: every simplification must leave the number as it was. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import {
  axisIndex,
  coordinates,
  type Index,
  linear,
  merged,
  number,
  plus,
  quotient,
  rangeOf,
  reshaped,
  rest,
  substitute,
  times,
} from "./index-math.ts";

const sizes = [3, 4, 5, 6];

function valueAt(index: Index, at: readonly number[]): number {
  return index.terms.reduce((sum, { factor, atom }) => {
    if (atom.kind === "axis") return sum + factor * at[atom.axis];
    if (atom.kind === "value") throw new Error("bug: no values in this test");
    const of = valueAt(atom.of, at);
    assert.ok(of >= 0, "quotients and rests are of numbers ≥ 0 alone: a printer may use unsigned division");
    return sum + factor * (atom.kind === "quotient" ? Math.floor(of / atom.by) : of % atom.by);
  }, index.offset);
}

/** Every place of the axes. */
function* places(): Generator<readonly number[]> {
  for (let i = 0; i < sizes.reduce((a, b) => a * b); i++) {
    let left = i;
    yield sizes.map((n) => {
      const at = left % n;
      left = Math.floor(left / n);
      return at;
    });
  }
}

function same(index: Index, want: (at: readonly number[]) => number, why: string): void {
  const [low, high] = rangeOf(index);
  for (const at of places()) {
    const got = valueAt(index, at);
    assert.ok(got === want(at), `${why} at ${at.join()}: ${index.key}`);
    assert.ok(low <= got && got <= high, `${why}: ${got} in ${low} … ${high}`);
  }
}

/** A small generator of pseudo-random whole numbers: 0 … n − 1. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

test("random formulas mean what they say", () => {
  const next = numbers(1);
  for (let round = 0; round < 300; round++) {
    let index = number(next(7) - 3);
    const start = index.offset;
    let want: (at: readonly number[]) => number = () => start;
    for (let step = 0; step < 5; step++) {
      const before = want;
      const [axis, factor, by] = [next(4), next(9) - 2, [2, 3, 4, 6, 12][next(5)]];
      const kind = next(3);
      if (kind === 0) {
        index = plus(index, times(axisIndex(axis, sizes[axis]), factor));
        want = (at) => before(at) + factor * at[axis];
      } else if (kind === 1) {
        index = quotient(index, by);
        want = (at) => Math.floor(before(at) / by);
      } else {
        index = rest(index, by);
        want = (at) => ((before(at) % by) + by) % by;
      }
    }
    same(index, want, `round ${round}`);
  }
});

describe("what was taken apart and meets again is plain", () => {
  const position = linear(
    sizes.map((n, i) => axisIndex(i, n)),
    sizes,
  );
  test("coordinates of a position, and the position of coordinates", () => {
    assert.deepEqual(
      coordinates(position, sizes).map((c) => c.key),
      sizes.map((n, i) => axisIndex(i, n).key),
    );
    const flat = axisIndex(0, 360);
    assert.equal(linear(coordinates(flat, [5, 8, 9]), [5, 8, 9]).key, flat.key);
  });
  test("a reshape and back", () => {
    const own = [axisIndex(0, 3), axisIndex(1, 4), axisIndex(2, 5)];
    const there = reshaped(own, [3, 4, 5], [12, 5]);
    assert.equal(there[0].key, plus(times(own[0], 4), own[1]).key);
    assert.deepEqual(
      reshaped(there, [12, 5], [3, 4, 5]).map((c) => c.key),
      own.map((c) => c.key),
    );
  });
  test("two axes as one, and one as two", () => {
    const two = plus(times(axisIndex(0, 3), 4), axisIndex(1, 4));
    assert.equal(merged(two, 0, 1, 0, 3, 4)?.key, axisIndex(0, 12).key);
    assert.equal(merged(plus(axisIndex(0, 3), axisIndex(1, 4)), 0, 1, 0, 3, 4), undefined);
    assert.equal(substitute(axisIndex(0, 12), () => two).key, two.key);
  });
});
