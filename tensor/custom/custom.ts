/**
 * custom: an operation of the reader's own. The program says what one element of the result is; a device makes loops of it.
 */
import { axisIndex, linear } from "../codegen/index-math.ts";
import { type Axis, type Expr, ExprTable, indicesOf, inputsOf, type LoopProgram } from "../codegen/ir.ts";
import type { DimsOf, Shape } from "../shape/dim.ts";
import { checkSizes, product } from "../shape/reshape.ts";
import type { DType } from "../dtype.ts";
import { type Custom, valueOf } from "../graph.ts";
import { unwrap, wrap } from "../handle.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { Element, Place, Source, type Writing } from "./element.ts";

/** What a program is told: the tensors, a place along each axis of the result, and one along each axis it may reduce over. */
export interface ProgramInputs {
  readonly inputs: readonly Source[];
  readonly at: readonly Place[];
  readonly over: readonly Place[];
}

/** d loss / d each input from g = d loss / d result; undefined where there is none. */
export type CustomVjp = (
  g: Tensor,
  inputs: readonly AnyTensor[],
  result: Tensor,
) => readonly (Tensor | undefined)[];

export interface CustomOptions<A extends readonly number[], D extends DType> {
  /** For errors and profiles. */
  readonly name: string;
  readonly inputs: readonly AnyTensor[];
  /** Of the result. */
  readonly shape: A;
  /** Of the result; f32 if left out. */
  readonly dtype?: D;
  /** Sizes of axes that are reduced over. */
  readonly over?: readonly number[];
  /** The element of the result at each place. */
  readonly program: (of: ProgramInputs) => Element;
  /** For chapter 06's gradients, which find it by primitiveOf. */
  readonly vjp?: CustomVjp;
}

/**
 * A tensor of the given shape whose elements the program says, computed by one program on the device in use:
 * `custom({ name: "blur", inputs: [x], shape: x.shape, over: [3], program: ({ inputs: [x], at: [i], over: [k] }) => x.at([i.add(k).sub(1)], 0).sum().div(3) })`.
 * Throws RangeError for places that may be outside, or a result that was not reduced; TypeError for dtypes that do not fit.
 */
export function custom<const A extends readonly number[], D extends DType = "f32">(
  options: CustomOptions<A, D>,
): Tensor<DimsOf<A>, NoInfer<D>> {
  const { name, inputs, shape, over = [], dtype = "f32" as D, vjp } = options;
  checkSizes(name, [...shape, ...over]);
  const empty = over.findIndex((n) => n === 0);
  if (empty >= 0) throw new RangeError(`${name}: want at least one place on reduced axis ${empty}, got 0`);
  const values = inputs.map((x) => unwrap(x, name));
  const program = write(options, dtype);
  const node: Custom = { op: "custom", inputs: values, name, program, ...(vjp === undefined ? {} : { vjp }) };
  return wrap<Shape, D>(valueOf(node, [...shape], dtype)) as unknown as Tensor<DimsOf<A>, NoInfer<D>>;
}

function write(options: CustomOptions<readonly number[], DType>, dtype: DType): LoopProgram {
  const { name, inputs, shape, over = [], program } = options;
  const writing: Writing = { who: name, table: new ExprTable(), reduced: over.length };
  const axes: readonly Axis[] = [
    ...shape.map((size) => ({ size, role: "parallel" as const })),
    ...over.map((size) => ({ size, role: "reduce" as const })),
  ];
  const indices = axes.map(({ size }, axis) => axisIndex(axis, size));
  const places = indices.map((index) => new Place(writing, index));
  const element = program({
    inputs: inputs.map((x, i) => new Source(writing, i, x.shape, x.dtype)),
    at: places.slice(0, shape.length),
    over: places.slice(shape.length),
  });
  check(name, element, dtype, shape.length);
  return {
    axes,
    buffers: [...inputs.map((x) => ({ dtype: x.dtype, size: x.size })), { dtype, size: product(shape) }],
    scalars: [],
    reports: [],
    stores: [
      { buffer: inputs.length, index: linear(indices.slice(0, shape.length), shape), value: element.expr },
    ],
  };
}

function check(name: string, element: Element, dtype: DType, rank: number): void {
  if (!(element instanceof Element))
    throw new TypeError(`${name}: want an element as the program's result, got ${typeof element}`);
  if (element.dtype !== dtype)
    throw new TypeError(`${name}: want a result of ${dtype}, got ${element.dtype}; try .cast("${dtype}")`);
  if (varies(element.expr, rank))
    throw new RangeError(`${name}: want a result without reduced axes; try .sum() or .max()`);
}

/** Whether it differs along a reduced axis. */
function varies(e: Expr, rank: number): boolean {
  if (e.kind === "reduce") return false;
  const along = (key: string): boolean =>
    [...key.matchAll(/a(\d+)/g)].some(([, axis]) => Number(axis) >= rank);
  return indicesOf(e).some((index) => along(index.key)) || inputsOf(e).some((x) => varies(x, rank));
}
