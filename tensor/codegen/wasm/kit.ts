/**
 * What code of a function is written with: the function, constants from memory, fused products where the machine has them.
 */
import type { FunctionRef, FunctionWriter, Local, ModuleWriter } from "./encode.ts";
import { type Expr as Code, i32, multiplyAdd, v128 } from "./instructions.ts";

export type Vector = Local<"v128">;

/** 32-bit words that programs read as constants: V8 would make a v128.const anew each time round a loop. */
export interface Constants {
  /** Address of the word. */
  at(bits: number): number;
  /** Address of words that lie together, made when `name` is asked for first. */
  table(name: string, words: () => Int32Array): number;
}

/** Functions of a module that are called, not inlined: each is written when it is first asked for. */
export class Helpers {
  readonly module: ModuleWriter;
  readonly #written = new Map<string, unknown>();

  constructor(module: ModuleWriter) {
    this.module = module;
  }

  unary(
    name: string,
    write: (f: FunctionWriter, x: Vector) => Code<"v128">,
  ): FunctionRef<readonly ["v128"], "v128"> {
    return this.#once(name, () => this.module.fn(undefined, ["v128"], "v128", (f, [x]) => write(f, x)));
  }

  binary(
    name: string,
    write: (f: FunctionWriter, x: Vector, y: Vector) => Code<"v128">,
  ): FunctionRef<readonly ["v128", "v128"], "v128"> {
    return this.#once(name, () =>
      this.module.fn(undefined, ["v128", "v128"], "v128", (f, [x, y]) => write(f, x, y)),
    );
  }

  ternary(
    name: string,
    write: (f: FunctionWriter, x: Vector, y: Vector, z: Vector) => Code<"v128">,
  ): FunctionRef<readonly ["v128", "v128", "v128"], "v128"> {
    return this.#once(name, () =>
      this.module.fn(undefined, ["v128", "v128", "v128"], "v128", (f, [x, y, z]) => write(f, x, y, z)),
    );
  }

  #once<F>(name: string, write: () => F): F {
    let found = this.#written.get(name) as F | undefined;
    if (found === undefined) {
      found = write();
      this.#written.set(name, found);
    }
    return found;
  }
}

export interface Kit {
  readonly f: FunctionWriter;
  readonly constants: Constants;
  readonly helpers: Helpers;
  /** Whether a·b + c may be one rounding. */
  readonly fused: boolean;
  /** Constants that are in variables already, by their bits. */
  readonly words?: ReadonlyMap<number, Vector>;
}

const words = new DataView(new ArrayBuffer(4));

/** The bits of an f32. */
export function bitsOf(x: number): number {
  words.setFloat32(0, x);
  return words.getInt32(0);
}

/** The same f32 in every lane. */
export function float(kit: Kit, x: number): Code<"v128"> {
  return everyLane(kit, bitsOf(x));
}

/** The same 32-bit integer in every lane. */
export function int(kit: Kit, x: number): Code<"v128"> {
  return everyLane(kit, x | 0);
}

function everyLane({ constants, words }: Kit, bits: number): Code<"v128"> {
  return words?.get(bits) ?? v128.load32Splat(i32.const(constants.at(bits)));
}

export function madd(kit: Kit, a: Code<"v128">, b: Code<"v128">, c: Code<"v128">): Code<"v128"> {
  return multiplyAdd(kit.fused, a, b, c);
}

/** c₀ + x·(c₁ + x·(c₂ + …)). */
export function polynomial(kit: Kit, x: Vector, coefficients: readonly number[]): Code<"v128"> {
  const [last, ...others] = coefficients.toReversed();
  const sum = kit.f.let(float(kit, last));
  for (const c of others) kit.f.set(sum, madd(kit, sum, x, float(kit, c)));
  return sum;
}
