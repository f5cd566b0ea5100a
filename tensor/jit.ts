/**
 * jit: a function run once to see what it records, and from then on replayed as a list of programs.
 *
 * While f is traced, each tensor from outside stands for a value of its own, which later calls fill with what that tensor (or the
 * argument in its place) is then. What f assigned is taken back after the trace and given for good once everything is computed:
 * a call that throws, or is interrupted, leaves every parameter as it was.
 */
import type { Replay } from "./device/device.ts";
import { storageOf, type Value } from "./graph.ts";
import { replaceAll, unwrap, wrap } from "./handle.ts";
import { compute, session, type Trace } from "./session.ts";
import { show } from "./shape/error.ts";
import { type AnyTensor, Tensor } from "./tensor.ts";

/** What `onCompile` is told of. */
export interface Compilation {
  /** "first call", or what is new: "new shape f32[3,4] (was f32[2,4])", "new argument 0.1 (was 0.2)". */
  readonly reason: string;
  readonly programs: number;
  readonly ms: number;
}

export interface JitOptions {
  /** Told of every compilation. */
  readonly onCompile?: (compilation: Compilation) => void;
}

/**
 * A function that does what f does, traced once per shapes and dtypes of its tensors and per value of its other arguments,
 * then replayed. f must not read tensors (throws TypeError), must not be async, and has no other effects than `assign`.
 * If f throws, what it had assigned is as before. The reference device runs f every time, by the same rules.
 */
export function jit<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions = {},
): (...args: A) => R {
  const captured = new Map<string, Captured>();
  const told = new Map<string, readonly string[]>();
  return (...args) => {
    if (session.traces.length > 0) return f(...args); // the outer one's commands are these too
    const seen = signatureOf(args);
    const key = `${session.device.name}:${seen.words.join()}`;
    const found = captured.get(key);
    if (found !== undefined && !seen.tensors.some((x) => found.outside.has(x)))
      return replayed(found, seen.tensors) as R;
    const startMs = performance.now();
    const { result, capture } = traced(f, args, seen.tensors);
    if (!told.has(key))
      options.onCompile?.({
        reason: reasonOf([...told.values()], seen.words),
        programs: capture?.replay.programs ?? 0,
        ms: performance.now() - startMs,
      });
    told.set(key, seen.words);
    if (capture === undefined) return result;
    captured.set(key, capture);
    return replayed(capture, seen.tensors) as R;
  };
}

/** A traced call: what to replay, and how its values and the world outside belong together. */
interface Captured {
  readonly replay: Replay;
  /** For each input: which argument, or which tensor from outside. */
  readonly inputs: readonly (number | AnyTensor)[];
  readonly outside: ReadonlySet<object>;
  /** Tensors assigned to (an argument by number), each with its root. */
  readonly assigned: readonly (readonly [number | AnyTensor, Source])[];
  readonly result: Pattern;
}

/** A result's tensor is a root of the replay, or an input as it came in. */
type Source = { readonly root: number } | { readonly input: number };

/** A result with its tensors replaced by where they come from. */
type Pattern =
  | { readonly tensor: Source }
  | { readonly list: readonly Pattern[] }
  | { readonly record: readonly (readonly [string, Pattern])[] }
  | { readonly other: unknown };

interface Signature {
  readonly words: readonly string[];
  /** The tensors in the arguments, each once, in order. */
  readonly tensors: readonly AnyTensor[];
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function signatureOf(args: readonly unknown[]): Signature {
  const words: string[] = [];
  const tensors: AnyTensor[] = [];
  const visit = (x: unknown): void => {
    if (x instanceof Tensor) {
      const known = tensors.indexOf(x);
      words.push(known >= 0 ? `argument ${known}` : `${x.dtype}${show(x.shape)}`);
      if (known < 0) tensors.push(x);
    } else if (isPlain(x)) {
      words.push(Array.isArray(x) ? "[" : "{");
      for (const [name, each] of Object.entries(x)) {
        if (!Array.isArray(x)) words.push(`${name}:`);
        visit(each);
      }
      words.push("]");
    } else words.push(wordOf(x));
  };
  args.forEach(visit);
  return { words, tensors };
}

function isPlain(x: unknown): x is object {
  return (
    typeof x === "object" && x !== null && (Array.isArray(x) || Object.getPrototypeOf(x) === Object.prototype)
  );
}

/** Primitives by value, other things by which they are. */
function wordOf(x: unknown): string {
  if ((typeof x !== "object" && typeof x !== "function") || x === null)
    return typeof x === "string" ? JSON.stringify(x) : Object.is(x, -0) ? "-0" : String(x);
  let id = identities.get(x);
  if (id === undefined) identities.set(x, (id = ++lastIdentity));
  return `${typeof x} ${id}`;
}

/** What is new, against the earlier call that differs least; the later one of two. */
function reasonOf(earlier: readonly (readonly string[])[], now: readonly string[]): string {
  if (earlier.length === 0) return "first call";
  const differing = (words: readonly string[]): number =>
    words.length === now.length ? now.filter((word, i) => word !== words[i]).length : Infinity;
  const before = earlier.toReversed().reduce((a, b) => (differing(b) < differing(a) ? b : a));
  const at = now.findIndex((word, i) => word !== before[i]);
  if (at < 0 || before.length !== now.length) return "other arguments";
  const kind = /^(f32|f16|bf16|i32|u32|i8|u8|bool)\[/.test(now[at]) ? "shape" : "argument";
  return `new ${kind} ${now[at]} (was ${before[at]})`;
}

interface Traced<R> {
  readonly result: R;
  /** undefined: the result has been computed, there is nothing to replay. */
  readonly capture: Captured | undefined;
}

function traced<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  args: A,
  tensors: readonly AnyTensor[],
): Traced<R> {
  const { capture } = session.device;
  const inputs: Value[] = [];
  const sources: (number | AnyTensor)[] = [];
  const places = new Map<object, Value>();
  const trace: Trace = {
    assigned: new Map(),
    own: new Set(),
    stand(x, value) {
      if (capture === undefined || trace.own.has(x)) return undefined;
      const known = places.get(x);
      if (known !== undefined) return known;
      const place: Value = {
        shape: value.shape,
        dtype: value.dtype,
        node: undefined,
        storage: undefined,
        users: 1,
      };
      places.set(x, place);
      inputs.push(place);
      const argument = tensors.indexOf(x as AnyTensor);
      sources.push(argument < 0 ? (x as AnyTensor) : argument);
      return place;
    },
  };
  const undo = (): void => {
    const at = session.traces.indexOf(trace);
    if (at >= 0) session.traces.splice(at, 1);
    for (const back of trace.assigned.values()) back();
  };
  let open = true;
  // An interrupt ends a trace without any `finally`; by the next task nothing of it is left.
  queueMicrotask(() => open && undo());
  session.traces.push(trace);
  try {
    const result = f(...args);
    if (result instanceof Promise)
      throw new TypeError("jit: want a function that is not async, got a promise; try returning tensors");
    const assigned = [...trace.assigned.keys()] as AnyTensor[];
    const values = assigned.map((x) => unwrap(x));
    if (capture === undefined) {
      compute([...tensorsIn(result).map((x) => unwrap(x)), ...values]);
      session.traces.pop();
      open = false;
      return { result, capture: undefined };
    }
    const roots: Value[] = [];
    const sourceOf = (value: Value): Source => {
      const input = inputs.indexOf(value);
      if (input >= 0) return { input };
      const known = roots.indexOf(value);
      return { root: known >= 0 ? known : roots.push(value) - 1 };
    };
    const pattern = patternOf(result, sourceOf);
    const targets = assigned.map((x, i) => {
      const argument = tensors.indexOf(x);
      return [argument < 0 ? x : argument, sourceOf(values[i])] as const;
    });
    undo();
    open = false;
    const outside = new Set(sources.filter((s) => typeof s !== "number"));
    return {
      result,
      capture: {
        replay: capture(roots, inputs),
        inputs: sources,
        outside,
        assigned: targets,
        result: pattern,
      },
    };
  } finally {
    if (open) undo();
    open = false;
  }
}

function patternOf(x: unknown, sourceOf: (value: Value) => Source): Pattern {
  if (x instanceof Tensor) return { tensor: sourceOf(unwrap(x as AnyTensor)) };
  if (!isPlain(x)) return { other: x };
  if (Array.isArray(x)) return { list: x.map((each) => patternOf(each, sourceOf)) };
  return { record: Object.entries(x).map(([name, each]) => [name, patternOf(each, sourceOf)] as const) };
}

function replayed({ replay, inputs, assigned, result }: Captured, tensors: readonly AnyTensor[]): unknown {
  const tensorOf = (source: number | AnyTensor): AnyTensor =>
    typeof source === "number" ? tensors[source] : source;
  const given = inputs.map((source) => unwrap(tensorOf(source), "jit"));
  const pending = given.filter((value) => storageOf(value) === undefined && value.node?.op !== "const");
  if (pending.length > 0) compute(pending);
  const made = replay.run(given);
  const valueOf = (source: Source): Value => ("root" in source ? made[source.root] : given[source.input]);
  const results = rebuilt(result, valueOf);
  replaceAll(assigned.map(([target, source]) => [tensorOf(target), valueOf(source)] as const));
  return results;
}

function rebuilt(pattern: Pattern, valueOf: (source: Source) => Value): unknown {
  if ("tensor" in pattern) return wrap(valueOf(pattern.tensor));
  if ("list" in pattern) return pattern.list.map((each) => rebuilt(each, valueOf));
  if ("record" in pattern)
    return Object.fromEntries(pattern.record.map(([name, each]) => [name, rebuilt(each, valueOf)]));
  return pattern.other;
}

/** The tensors in a result: itself, or in arrays and plain objects. */
export function tensorsIn(result: unknown): AnyTensor[] {
  if (result instanceof Tensor) return [result as AnyTensor];
  return isPlain(result) ? Object.values(result).flatMap(tensorsIn) : [];
}
