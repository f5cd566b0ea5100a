/** What a random graph may grow: every operation of the API, and the compositions that a scheduler likes to fuse. */
import type { DType } from "../../tensor/index.ts";
import type { Dice } from "./dice.ts";
import { type Garden, isFloat, randomLeaf, randomShape, type Sprout } from "./grow.ts";

const words = (text: string): readonly string[] => text.split(" ");
const smooth = words("exp expm1 log log1p sqrt sin cos tanh erf square reciprocal neg abs");
const jumpy = words("sign floor ceil round trunc isnan isfinite");
const arithmetic = words("add add sub mul mul div maximum minimum");
const jumpyPairs = words("floorDivide mod pow equal notEqual less lessEqual greater greaterEqual");
const bits = words("bitwiseAnd bitwiseOr bitwiseXor leftShift rightShift");
const logical = words("logicalAnd logicalOr logicalXor");
const allDTypes: readonly DType[] = ["f32", "f16", "bf16", "i32", "u32", "i8", "u8", "bool"];

const any = (): boolean => true;
const exactOnly = (g: Garden) => (at: number) => g.exact[at];

/** Another operand: a node, or a new leaf of a shape that repeats into x's. */
function partner(g: Garden, x: number, dtype = g.dtype(x)): number {
  const other = g.find((at) => g.dtype(at) === dtype && at !== x && g.shape(at).length === g.shape(x).length);
  return other !== undefined && g.dice.chance(0.4) ? other : g.leaf(smaller(g.dice, g.shape(x)), dtype);
}

function smaller(dice: Dice, shape: readonly number[]): readonly number[] {
  const lead = dice.chance(0.3) ? dice.whole(0, shape.length) : 0;
  return shape.slice(lead).map((n) => (dice.chance(0.25) ? 1 : n));
}

const axisOf = (g: Garden, x: number): number => g.dice.whole(-g.shape(x).length, g.shape(x).length - 1);

function axes(g: Garden, x: number): number | readonly number[] | undefined {
  const all = g.shape(x).map((_, axis) => axis);
  if (all.length === 0 || g.dice.chance(0.2)) return undefined;
  return g.dice.chance(0.7) ? axisOf(g, x) : g.dice.shuffle(all).slice(0, g.dice.whole(1, all.length));
}

function unaryOf(ops: readonly string[], exact: boolean): Sprout {
  return (g) => {
    const x = g.find(exact ? exactOnly(g) : any);
    return x === undefined ? false : g.step(g.dice.pick(ops), [x]);
  };
}

function binaryOf(ops: readonly string[], wanted: (g: Garden) => (at: number) => boolean): Sprout {
  return (g) => {
    const x = g.find(wanted(g));
    if (x === undefined) return false;
    if (g.dice.chance(0.2) && g.dtype(x) !== "bool")
      return g.step(g.dice.pick(ops), [x], g.dice.pick([2, 1, 3]));
    const y = partner(g, x);
    if (!wanted(g)(y)) return false;
    return g.step(g.dice.pick(ops), g.dice.chance(0.5) ? [x, y] : [y, x]);
  };
}

const isInteger = (g: Garden) => (at: number) => !isFloat(g.dtype(at)) && g.dtype(at) !== "bool";

function reduceOf(ops: readonly string[], wanted: (g: Garden) => (at: number) => boolean): Sprout {
  return (g) => {
    const x = g.find((at) => wanted(g)(at) && g.shape(at).length > 0);
    return x === undefined
      ? false
      : g.step(g.dice.pick(ops), [x], axes(g, x), { keepdims: g.dice.chance(0.5) });
  };
}

const cast: Sprout = (g) => {
  const x = g.find(any)!;
  const to = g.dice.pick(allDTypes);
  return !isFloat(to) && !g.exact[x] ? false : g.step("cast", [x], to);
};

const where: Sprout = (g) => {
  const x = g.find(any)!;
  const condition = g.find((at) => g.dtype(at) === "bool") ?? g.leaf(smaller(g.dice, g.shape(x)), "bool");
  return g.step("where", [condition, x, partner(g, x)]);
};

const views: readonly Sprout[] = [
  (g) => {
    const x = g.find(any)!;
    const size = g.tensors[x].size;
    const divisors = [1, 2, 3, 5, 7, 4, 6].filter((d) => size % d === 0 && size > 0);
    return size === 0 ? false : g.step("reshape", [x], [g.dice.pick(divisors), -1]);
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 1);
    return x === undefined ? false : g.step("permute", [x], g.dice.shuffle(g.shape(x).map((_, i) => i)));
  },
  (g) => {
    const x = g.find(any)!;
    return g.step(
      "broadcastTo",
      [x],
      [g.dice.pick([1, 2, 3]), ...g.shape(x).map((n) => (n === 1 ? g.dice.pick([1, 3, 5]) : n))],
    );
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0);
    return x === undefined ? false : g.step("flip", [x], axes(g, x));
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0);
    return x === undefined ? false : g.step("slice", [x], ...ranges(g, x));
  },
  (g) => {
    const x = g.find(any)!;
    return g.step(
      "pad",
      [x],
      g.shape(x).map(() => [g.dice.whole(0, 2), g.dice.whole(0, 2)]),
      g.dice.pick([0, 1]),
    );
  },
  (g) => {
    const x = g.find(any)!;
    return g.step("unsqueeze", [x], g.dice.whole(0, g.shape(x).length));
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0)!;
    const axis = axisOf(g, x);
    return g.step(
      g.dice.pick(["concat", "stack"]),
      [x, g.dice.chance(0.5) ? x : g.leaf(g.shape(x), g.dtype(x))],
      axis,
    );
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 1);
    return x === undefined
      ? false
      : g.step(g.dice.pick(["tril", "triu", "transpose"]), [x], ...(g.dice.chance(0.5) ? [] : [-1]));
  },
  (g) => {
    const n = g.dice.pick([1, 3, 5]);
    return g.step("diagonal", [g.leaf([2, n, n], "f32")]);
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0 && g.tensors[at].size > 0);
    return x === undefined ? false : g.step("setSlice", [x, g.leaf([], g.dtype(x))], ...ranges(g, x));
  },
];

function ranges(g: Garden, x: number): readonly unknown[] {
  return g.shape(x).map((n) => {
    if (n > 0 && g.dice.chance(0.15)) return g.dice.whole(-n, n - 1);
    if (g.dice.chance(0.3)) return ":";
    const start = g.dice.whole(0, Math.max(0, n - 1));
    return g.dice.chance(0.3) ? [null, null, g.dice.pick([-1, -2, 2, 3])] : [start, g.dice.whole(start, n)];
  });
}

const indexing: readonly Sprout[] = [
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0 && g.tensors[at].size > 0);
    if (x === undefined) return false;
    const axis = axisOf(g, x);
    const index = g.leaf(randomShape(g.dice, g.dice.whole(0, 2)), "i32", { below: g.shape(x).at(axis)! });
    return g.step("take", [x, index], axis);
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0 && g.tensors[at].size > 0);
    if (x === undefined) return false;
    const axis = axisOf(g, x);
    const position = axis < 0 ? axis + g.shape(x).length : axis;
    const shape = g.shape(x).with(position, g.dice.whole(1, 4));
    return g.step("gather", [x, g.leaf(shape, "i32", { below: g.shape(x).at(axis)! })], axis);
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0 && g.tensors[at].size > 0 && g.dtype(at) !== "bool");
    if (x === undefined) return false;
    const axis = axisOf(g, x);
    const position = axis < 0 ? axis + g.shape(x).length : axis;
    const n = g.dice.whole(1, 9);
    const index = g.leaf([n], "i32", { below: g.shape(x)[position] });
    return g.step("scatterAdd", [x, index, g.leaf(g.shape(x).with(position, n), g.dtype(x))], axis);
  },
  (g) => {
    const x = g.find((at) => g.exact[at] && g.shape(at).length > 0);
    return x === undefined
      ? false
      : g.step(g.dice.pick(["sort", "argsort"]), [x], axisOf(g, x), { descending: g.dice.chance(0.5) });
  },
  (g) => {
    const x = g.find((at) => g.exact[at] && g.shape(at).length > 0);
    return x === undefined ? false : g.step("topk", [x], 1, axisOf(g, x), g.dice.pick(["values", "indices"]));
  },
];

const makers: readonly Sprout[] = [
  (g) => randomLeaf(g),
  (g) => g.step("arange", [], g.dice.whole(0, 40), { dtype: g.dice.pick(["f32", "i32"]) }),
  (g) =>
    g.step("full", [], randomShape(g.dice), g.dice.pick([0, 1, -2]), {
      dtype: g.dice.pick(["f32", "i32", "f16"]),
    }),
  (g) =>
    g.step(g.dice.pick(["bits", "uniform", "normal"]), [], randomShape(g.dice), {
      seed: g.dice.whole(0, 2 ** 40),
    }),
  (g) => g.step("randint", [], -3, 9, randomShape(g.dice), { seed: g.dice.whole(0, 99) }),
  (g) => g.step("permutation", [], g.dice.whole(0, 40), { seed: g.dice.whole(0, 99) }),
];

const products: readonly Sprout[] = [
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0 && g.dtype(at) !== "bool");
    if (x === undefined) return false;
    const [lead, k] = [g.shape(x).slice(0, -2), g.shape(x).at(-1)!];
    const right = g.dice.pick([
      [k],
      [k, g.dice.pick(sizes)],
      [...smaller(g.dice, lead), k, g.dice.pick(sizes)],
    ]);
    return g.step("matmul", [x, g.leaf(right, g.dtype(x))]);
  },
  (g) => {
    const [m, k, n] = [g.dice.pick(sizes), g.dice.pick(sizes), g.dice.pick(sizes)];
    const x = g.leaf([m, k], "f32", { special: g.dice.chance(0.1) });
    return g.step("matmul", [x, g.leaf([k, n], "f32", { special: g.dice.chance(0.1) })]);
  },
  (g) => {
    const [spec, ...shapes] = g.dice.pick([
      ["ij,kj->ik", [3, 5], [7, 5]],
      ["bhtd,bhsd->bhts", [2, 3, 5, 4], [2, 3, 7, 4]],
      ["ij->", [13, 3]],
      ["i,j->ij", [5], [7]],
      ["...ij,...jk->...ik", [2, 1, 3, 4], [5, 4, 2]],
      ["ab,cd->dbca", [2, 3], [4, 5]],
      ["ij,ij->j", [5, 3], [5, 3]],
    ] as const);
    return g.step(
      "einsum",
      (shapes as readonly (readonly number[])[]).map((shape) => g.leaf(shape, "f32")),
      spec,
    );
  },
  attention(false),
  attention(true),
  (g) => {
    const [n, k] = [g.dice.pick([1, 3, 4, 5, 8, 17]), 32 * g.dice.pick([1, 2, 3, 5])];
    return g.step("qmatvec", [g.leaf([n, k], "f32"), g.leaf([k], "f32")], g.dice.pick(["q8", "q4"]));
  },
  (g) => g.step("dequantize", [g.leaf([3, 64], "f32")], g.dice.pick(["q8", "q4"])),
];

const sizes = [1, 2, 3, 5, 7, 8, 13, 16, 31, 64];

function attention(backwards: boolean): Sprout {
  return (g) => {
    const { dice } = g;
    const [keyHeads, groups, t, s] = [
      dice.pick([1, 2]),
      dice.pick([1, 2]),
      dice.pick([1, 3, 5, 17]),
      dice.pick([1, 2, 7, 33]),
    ];
    const [d, e] = [dice.pick([1, 4, 8, 5]), dice.pick([1, 3, 8])];
    const q = g.leaf([2, keyHeads * groups, t, d], "f32");
    const inputs = [q, g.leaf([2, keyHeads, s, d], "f32"), g.leaf([2, keyHeads, s, e], "f32")];
    const options = {
      ...(dice.chance(0.5) ? { causal: true } : {}),
      ...(dice.chance(0.3) ? { window: dice.whole(1, 5) } : {}),
    };
    if (!backwards) return g.step("attention", inputs, options);
    return g.step(
      "attentionVjp",
      [g.leaf([2, keyHeads * groups, t, e], "f32"), ...inputs],
      options,
      dice.pick(["q", "k", "v"]),
    );
  };
}

/** Float matrices, with the compositions of chapters. */
function matrix(g: Garden): number {
  return (
    g.find((at) => g.dtype(at) === "f32" && g.shape(at).length > 0 && g.tensors[at].size > 0) ??
    g.leaf([5, 7], "f32")
  );
}

const compositions: readonly Sprout[] = [
  (g) => {
    const x = matrix(g);
    const shifted = g.step("sub", [x, g.step("max", [x], -1, { keepdims: true })]);
    const powers = g.step("exp", [shifted]);
    return g.step("div", [powers, g.step("sum", [powers], -1, { keepdims: true })]);
  },
  (g) => {
    const x = matrix(g);
    const off = g.step("sub", [x, g.step("mean", [x], -1, { keepdims: true })]);
    const spread = g.step("mean", [g.step("square", [off])], -1, { keepdims: true });
    const normed = g.step("div", [off, g.step("sqrt", [g.step("add", [spread], 1)])]);
    return g.step("add", [g.step("mul", [normed, g.leaf([g.shape(x).at(-1)!], "f32")]), g.leaf([1], "f32")]);
  },
  (g) => {
    const x = matrix(g);
    const inner = g.step("erf", [g.step("mul", [x], 0.5)]);
    return g.step("mul", [x, g.step("add", [inner], 1)]);
  },
  (g) => {
    const x = matrix(g);
    const w = g.leaf([g.shape(x).at(-1)!, g.dice.pick(sizes)], "f32");
    const y = g.step("matmul", [x, w]);
    return g.step("tanh", [g.step("add", [y, g.leaf([g.shape(w)[1]], "f32")])]);
  },
  (g) => {
    const x = matrix(g);
    return g.step("sum", [g.step("square", [g.step("sub", [x, partner(g, x)])])]);
  },
];

const blur: Sprout = (g) => {
  const x = g.find((at) => g.dtype(at) === "f32" && g.shape(at).length > 0);
  return x === undefined ? false : g.step("blur", [x]);
};

/** In proportion to how often each is wanted. */
export const sprouts: readonly Sprout[] = [
  ...Array.from({ length: 4 }, () => unaryOf(smooth, false)),
  ...Array.from({ length: 2 }, () => unaryOf(jumpy, true)),
  ...Array.from({ length: 6 }, () => binaryOf(arithmetic, () => any)),
  ...Array.from({ length: 4 }, () => binaryOf(jumpyPairs, exactOnly)),
  ...Array.from({ length: 3 }, () => binaryOf(bits, isInteger)),
  ...Array.from({ length: 2 }, () => binaryOf(logical, (g) => (at) => g.dtype(at) === "bool")),
  (g) => {
    const x = g.find((at) => g.dtype(at) === "bool");
    return x === undefined ? false : g.step("logicalNot", [x]);
  },
  (g) => g.step("clip", [g.find(any)!], -1, g.dice.pick([1, null])),
  cast,
  cast,
  where,
  where,
  ...Array.from({ length: 3 }, () => reduceOf(["sum", "mean", "max", "min"], () => any)),
  reduceOf(["prod", "var", "std"], exactOnly),
  reduceOf(["all", "any"], (g) => (at) => g.dtype(at) === "bool"),
  (g) => {
    const x = g.find((at) => g.exact[at] && g.shape(at).length > 0);
    return x === undefined
      ? false
      : g.step(g.dice.pick(["argmax", "argmin"]), [x], g.dice.chance(0.7) ? axisOf(g, x) : undefined);
  },
  (g) => {
    const x = g.find((at) => g.shape(at).length > 0);
    return x === undefined ? false : g.step("cumsum", [x], axisOf(g, x));
  },
  ...views,
  ...indexing,
  ...makers,
  ...products,
  blur,
  ...compositions,
  ...compositions,
];
