/**
 * A solution → mutants: the same text with one small thing wrong, as a slip of the pen would leave it.
 * Operators after Offutt et al. (1996), "An experimental determination of sufficient mutant operators", doi:10.1145/227607.227610:
 * relations, arithmetic, logic, constants, statements; plus the functions that are taken for one another.
 */
import { parseSync } from "oxc-parser";
import { position } from "../fault.ts";
import type { SyntaxNode } from "../syntax.ts";
import { solutionRanges } from "./exercise.ts";

export interface Mutant {
  /** In the cell's source, 1-based. */
  readonly line: number;
  readonly column: number;
  /** What stood there and what stands there now. */
  readonly from: string;
  readonly to: string;
  /** The whole cell. */
  readonly source: string;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

const OPERATORS: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "==": "!=",
  "!=": "==",
  "&&": "||",
  "||": "&&",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "/=": "*=",
};
const FUNCTIONS: Readonly<Record<string, string>> = {
  max: "min",
  min: "max",
  floor: "ceil",
  ceil: "floor",
  sin: "cos",
  cos: "sin",
  every: "some",
  some: "every",
  exp: "expm1",
  log: "log1p",
  abs: "sign",
};

/** At most `most` mutants of the solution's text, spread evenly over it; always the same ones. */
export function mutantsOf(source: string, most: number): readonly Mutant[] {
  const { program, errors } = parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  if (errors.length > 0) throw new Error(`bug: a solution that does not parse: ${errors[0].message}`);
  const ranges = solutionRanges(source);
  const changes = [...changesIn(program as unknown as SyntaxNode, source)]
    .filter(({ start, end }) => ranges.some(([from, to]) => from <= start && end <= to))
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
  return spread(changes, most).map(({ start, end, to }) => ({
    ...position(source, start),
    from: source.slice(start, end),
    to,
    source: source.slice(0, start) + to + source.slice(end),
  }));
}

/** Every stride-th, so that a cap does not leave out the end. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

type Fields = Readonly<Record<string, SyntaxNode>>;

/** Depth first. Types have no run time, and the words of an error are not what a test should hang on. */
function* changesIn(node: SyntaxNode, source: string): Generator<Change> {
  yield* changesOf(node, source);
  if (node.type === "ThrowStatement") return;
  for (const [field, child] of Object.entries(node)) {
    if (field === "typeAnnotation" || field === "typeArguments" || field === "typeParameters") continue;
    // Without its step a loop never ends: every such mutant would cost its whole time limit.
    if (node.type === "ForStatement" && field === "update") continue;
    for (const each of Array.isArray(child) ? child : [child])
      if (isRunning(each)) yield* changesIn(each, source);
  }
}

function* changesOf(node: SyntaxNode, source: string): Generator<Change> {
  const parts = node as unknown as Fields;
  switch (node.type) {
    case "BinaryExpression":
    case "LogicalExpression":
    case "AssignmentExpression":
      yield* operatorChange(node, parts, source);
      return;
    case "UnaryExpression":
      if (node["operator"] === "-" || node["operator"] === "!")
        yield { start: node.start, end: endOf(node), to: ` ${text(parts["argument"], source)}` };
      return;
    case "Literal":
      if (typeof node["value"] === "number")
        yield { start: node.start, end: endOf(node), to: `${node["value"] + 1}` };
      return;
    case "ConditionalExpression": {
      const [yes, no] = [parts["consequent"], parts["alternate"]];
      yield { start: yes.start, end: endOf(no), to: `${text(no, source)} : ${text(yes, source)}` };
      return;
    }
    case "IfStatement":
      yield {
        start: parts["test"].start,
        end: endOf(parts["test"]),
        to: `!(${text(parts["test"], source)})`,
      };
      return;
    case "ExpressionStatement":
    case "ThrowStatement":
      yield { start: node.start, end: endOf(node), to: ";" };
      return;
    case "MemberExpression":
      yield* functionChange(parts["property"]);
  }
}

/** The operator stands somewhere between its two sides, perhaps beside a bracket. */
function* operatorChange(node: SyntaxNode, { left, right }: Fields, source: string): Generator<Change> {
  const operator = node["operator"] as string;
  const to = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  const start = source.indexOf(operator, endOf(left));
  if (to !== undefined && start >= 0 && start < right.start)
    yield { start, end: start + operator.length, to };
}

function* functionChange(property: SyntaxNode): Generator<Change> {
  const name = property["name"];
  if (property.type !== "Identifier" || typeof name !== "string" || !Object.hasOwn(FUNCTIONS, name)) return;
  yield { start: property.start, end: endOf(property), to: FUNCTIONS[name] };
}

function isRunning(value: unknown): value is SyntaxNode {
  if (typeof value !== "object" || value === null) return false;
  const { type } = value as { type?: unknown };
  // `x as T` and `x!` run; types do not.
  return (
    typeof type === "string" &&
    (!type.startsWith("TS") || /^TS(?:As|NonNull|Satisfies)Expression$/.test(type))
  );
}

const endOf = (node: SyntaxNode): number => node["end"] as number;
const text = (node: SyntaxNode, source: string): string => source.slice(node.start, endOf(node));
