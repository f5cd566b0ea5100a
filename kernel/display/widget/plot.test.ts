/** The plot's geometry by its laws; what it looks like is looked at in JupyterLab (tests/lab). */
import { expect, test } from "vitest";
import { alone, textOf } from "./source.ts";
import { placeOf, plotParts, plotSvg, pointAt, shortNumber, ticksOf, type Pair, type Plot } from "./plot.ts";
import { positionOf, stepsOf, valueAt } from "./sliders.ts";

const plot: Plot = { x: [-2, 3], y: [0, 10], title: "T" };

test("a pixel's point is where that point is drawn", () => {
  for (const at of [
    [-2, 0],
    [3, 10],
    [0.3, 7],
  ] as Pair[]) {
    // prettier-ignore
    const back = pointAt(plot, placeOf(plot, at));
    expect(back[0]).toBeCloseTo(at[0], 12);
    expect(back[1]).toBeCloseTo(at[1], 12);
  }
});

test("ticks are multiples of 1, 2 or 5 times a power of ten, within the axis", () => {
  expect(ticksOf([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  expect(ticksOf([-13, 27], 5)).toEqual([-10, 0, 10, 20]);
  expect(ticksOf([1, 1], 5)).toEqual([]);
});

test("numbers are short", () => {
  expect([0, 0.1 + 0.2, 1234.5, -2.5e-7, 3e8, Infinity].map(shortNumber)).toEqual([
    "0",
    "0.3",
    "1235",
    "-2.5e-7",
    "3e8",
    "Infinity",
  ]);
});

test("what is no number breaks a line, and words are no markup", () => {
  const svg = plotSvg({
    ...plot,
    title: "<b>",
    lines: [{ x: [0, 1, 2, 3], y: [1, NaN, 2, 3], label: 'a"&' }],
    dots: [{ at: [NaN, 0] }],
  });
  expect(svg.match(/d="M[\d. ]+M[\d. ]+L[\d. ]+"/g)).toHaveLength(1);
  expect(svg).not.toMatch(/<b>|a"&|NaN/);
});

test("a slider's place and its value say the same, also on a logarithmic scale", () => {
  for (const slider of [
    { min: -1, max: 4, step: 0.5 },
    { min: 1e-4, max: 10, isLogarithmic: true },
  ]) {
    // prettier-ignore
    const most = stepsOf(slider);
    for (const position of [0, 3, most])
      expect(positionOf(slider, valueAt(slider, position, most), most)).toBeCloseTo(position, 9);
    expect([valueAt(slider, 0, most), valueAt(slider, most, most)]).toEqual([slider.min, slider.max]);
  }
});

test("plotSvg's parts are complete: cut off from their file they draw the same", () => {
  const names = plotParts.map((part) => part.name).join(", ");
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is that of the file under test
  const make = Function(`"use strict"; ${plotParts.map(String).join("\n")}\nreturn { ${names} };`) as () => {
    plotSvg: typeof plotSvg;
  };
  const full: Plot = {
    ...plot,
    xLabel: "x",
    yLabel: "y",
    bars: [{ y: [1, 2], names: ["a", "b"], label: "bars" }],
    arrows: [{ to: [1, 1], label: "v" }],
    lines: [{ x: [0, 1], y: [0, 1] }],
    dots: [{ at: [1, 1], label: "d" }],
  };
  expect(make().plotSvg(full)).toBe(plotSvg(full));
});

test("a method's text is an expression as well, and a native function has none", () => {
  const { twice } = { twice(this: void, x: number) { return 2 * x; } }; // prettier-ignore
  expect(alone("t", twice)(4)).toBe(8);
  expect(alone("t", (x: number) => x + 1)(1)).toBe(2);
  expect(() => textOf(Math.max)).toThrow(/written down/);
});
