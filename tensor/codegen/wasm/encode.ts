/**
 * Writes WebAssembly modules: functions from typed expressions (instructions.ts) in, bytes out.
 * Every module imports one memory, `below.memory`, and exports its named functions.
 * Source: WebAssembly specification 3.0, §5.5 (binary format of modules).
 *
 *   const module = new ModuleWriter({ shared: false });
 *   module.fn("sum", ["i32", "i32"], "f32", (f, [p, n]) => {
 *     const i = f.local("i32");
 *     const total = f.local("f32");
 *     f.for(i, 0, n, 1, () => {
 *       f.set(total, f32.add(total, f32.load(p)));
 *       f.add(p, 4);
 *     });
 *     return total;
 *   });
 *   new webAssembly.Module(module.bytes());
 */
import { constant, expr, type Expr, i32, type Operand, unsigned, type ValueType } from "./instructions.ts";

/** A variable of a function; as an expression, its value. */
export interface Local<T extends ValueType> extends Expr<T> {
  readonly index: number;
}

/** Where a branch goes: the end of a block, or the start of a loop. */
export interface Label {
  readonly level: number;
}

/** A function of a module, callable from the functions after it. */
export interface FunctionRef<P extends readonly ValueType[], R extends ValueType | "void"> {
  readonly index: number;
  readonly params: P;
  readonly result: R;
}

export type Locals<P extends readonly ValueType[]> = { readonly [K in keyof P]: Local<P[K]> };
type Operands<P extends readonly ValueType[]> = { readonly [K in keyof P]: Operand<P[K]> };

const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // \0asm, version 1
const emptyBlock = 0x40;
const end = 0x0b;

/** The body of one function, written statement by statement. */
export class FunctionWriter {
  readonly #code: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #params: number;
  #level = 0;

  constructor(params: number) {
    this.#params = params;
  }

  /** A new variable, 0 at the start of the call. */
  local<T extends ValueType>(type: T): Local<T> {
    const index = this.#params + this.#locals.push(type) - 1;
    return localAt(index, type);
  }

  /** `count` new variables. */
  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  set<T extends ValueType>(local: Local<T>, value: Operand<T>): void {
    this.#code.push(...codeOf(local.type, value), 0x21, ...unsigned(local.index));
  }

  /** A new variable with this value. */
  let<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  /** local += n, in i32: how pointers and counters move. */
  add(local: Local<"i32">, n: Operand<"i32">): void {
    this.set(local, i32.add(local, n));
  }

  /** Runs code for its effect: a store, a call without result. */
  do(...statements: readonly Expr<"void">[]): void {
    for (const { code } of statements) this.#code.push(...code);
  }

  /** Runs code and forgets its result. */
  drop(value: Expr<ValueType>): void {
    this.#code.push(...value.code, 0x1a);
  }

  call<P extends readonly ValueType[], R extends ValueType | "void">(
    to: FunctionRef<P, R>,
    ...args: Operands<P>
  ): Expr<R> {
    const values = to.params.map((type, i) => codeOf(type, args[i]));
    return expr(to.result, values.flat(), [0x10], unsigned(to.index));
  }

  /** `exit` is its end. */
  block(body: (exit: Label) => void): void {
    this.#nested(0x02, body);
  }

  /** `again` is its start; falls out at its end. */
  loop(body: (again: Label) => void): void {
    this.#nested(0x03, body);
  }

  if(condition: Operand<"i32">, then: () => void, otherwise?: () => void): void {
    this.#code.push(...codeOf("i32", condition), 0x04, emptyBlock);
    this.#level++;
    then();
    if (otherwise !== undefined) {
      this.#code.push(0x05);
      otherwise();
    }
    this.#level--;
    this.#code.push(end);
  }

  branch(label: Label): void {
    this.#code.push(0x0c, ...unsigned(this.#level - label.level));
  }

  branchIf(label: Label, condition: Operand<"i32">): void {
    this.#code.push(...codeOf("i32", condition), 0x0d, ...unsigned(this.#level - label.level));
  }

  /** for (i = from; i < to; i += step): signed; `to` runs each time round, so keep it a local or a constant. */
  for(
    i: Local<"i32">,
    from: Operand<"i32">,
    to: Operand<"i32">,
    step: Operand<"i32">,
    body: () => void,
  ): void {
    this.set(i, from);
    this.if(i32.ltS(i, to), () =>
      this.loop((again) => {
        body();
        this.add(i, step);
        this.branchIf(again, i32.ltS(i, to));
      }),
    );
  }

  while(condition: Operand<"i32">, body: () => void): void {
    this.block((exit) =>
      this.loop((again) => {
        this.branchIf(exit, i32.eqz(condition));
        body();
        this.branch(again);
      }),
    );
  }

  return(value?: Expr<ValueType>): void {
    this.#code.push(...(value?.code ?? []), 0x0f);
  }

  /** The function's entry in the code section. */
  bytes(result: Expr<ValueType> | undefined): number[] {
    const runs = runsOf(this.#locals);
    const locals = runs.flatMap(([type, count]) => [...unsigned(count), typeCodes[type]]);
    const body = [...unsigned(runs.length), ...locals, ...this.#code, ...(result?.code ?? []), end];
    return [...unsigned(body.length), ...body];
  }

  #nested(opcode: number, body: (label: Label) => void): void {
    this.#code.push(opcode, emptyBlock);
    this.#level++;
    body({ level: this.#level });
    this.#level--;
    this.#code.push(end);
  }
}

/** What `fn`'s body returns: the result's expression, or nothing. */
type Result<R extends ValueType | "void"> = R extends ValueType ? Operand<R> : void;

export interface MemoryImport {
  /** Whether the memory is shared between threads; the module then fits only a shared one. */
  readonly shared: boolean;
  /** Largest size of the memory it will be given, in pages of 64 KiB; 65 536 if left out. */
  readonly maximum?: number;
}

export class ModuleWriter {
  readonly #memory: MemoryImport;
  readonly #types: number[][] = [];
  readonly #functions: number[] = []; // the type of each
  readonly #bodies: number[][] = [];
  readonly #exports: number[][] = [];
  readonly #data: number[][] = [];

  constructor(memory: MemoryImport) {
    this.#memory = memory;
  }

  /** A function; exported under its name, unless that is undefined. `body` returns the result's expression. */
  fn<const P extends readonly ValueType[], R extends ValueType | "void">(
    name: string | undefined,
    params: P,
    result: R,
    body: (f: FunctionWriter, params: Locals<P>) => Result<R>,
  ): FunctionRef<P, R> {
    const writer = new FunctionWriter(params.length);
    const value = body(writer, params.map((type, i) => localAt(i, type)) as unknown as Locals<P>);
    const last = result === "void" ? undefined : asExpr(result, value as Operand<ValueType>);
    const index = this.#bodies.push(writer.bytes(last)) - 1;
    this.#functions.push(this.#typeOf(params, result));
    if (name !== undefined) this.#exports.push([...text(name), 0x00, ...unsigned(index)]);
    return { index, params, result };
  }

  /** Bytes that each instantiation copies to `address`: constants, so that copying again changes nothing. */
  data(address: number, bytes: Uint8Array): void {
    this.#data.push([0, ...i32.const(address).code, end, ...unsigned(bytes.length), ...bytes]);
  }

  bytes(): Uint8Array {
    const { shared, maximum = 65536 } = this.#memory;
    const memory = [...text("below"), ...text("memory"), 0x02, shared ? 3 : 1, 0, ...unsigned(maximum)];
    return Uint8Array.from([
      ...preamble,
      ...section(1, this.#types),
      ...section(2, [memory]),
      ...section(3, this.#functions.map(unsigned)),
      ...section(7, this.#exports),
      ...section(10, this.#bodies),
      ...section(11, this.#data),
    ]);
  }

  #typeOf(params: readonly ValueType[], result: ValueType | "void"): number {
    const results = result === "void" ? [] : [typeCodes[result]];
    const type = [0x60, params.length, ...params.map((p) => typeCodes[p]), results.length, ...results];
    const found = this.#types.findIndex((t) => t.join() === type.join());
    return found >= 0 ? found : this.#types.push(type) - 1;
  }
}

function localAt<T extends ValueType>(index: number, type: T): Local<T> {
  return { ...expr(type, [0x20], unsigned(index)), index };
}

function asExpr<T extends ValueType>(type: T, x: Operand<T>): Expr<T> {
  return typeof x === "number" ? constant(type as Exclude<T, "v128">, x) : x;
}

function codeOf<T extends ValueType>(type: T, x: Operand<T>): readonly number[] {
  return asExpr(type, x).code;
}

function runsOf(types: readonly ValueType[]): [ValueType, number][] {
  const runs: [ValueType, number][] = [];
  for (const type of types) {
    const last = runs.at(-1);
    if (last?.[0] === type) last[1]++;
    else runs.push([type, 1]);
  }
  return runs;
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  if (entries.length === 0) return [];
  const body = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(body.length), ...body];
}

function text(s: string): number[] {
  const bytes = new TextEncoder().encode(s);
  return [...unsigned(bytes.length), ...bytes];
}
