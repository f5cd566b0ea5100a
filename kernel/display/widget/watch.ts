/**
 * Who reads what while a live output is made, and who wants to know when it changes. Anything may be a source: a key of a widget's state,
 * a tensor. The record lies on globalThis under `Symbol.for("below.watch")`, so that a library tells of its values without importing
 * this: `globalThis[Symbol.for("below.watch")]?.read(this)`, and `changed(this)`.
 */

// As they are now: a cell may declare names over them.
const { Map, Reflect, Set, WeakMap } = globalThis;
const hook = Symbol.for("below.watch");

/** What a library of values calls. */
export interface Watch {
  read(source: object): void;
  changed(source: object): void;
}

interface Watched extends Watch {
  /** What is being made, and what each has read so far. */
  readonly readers: Set<Set<object>>;
  readonly listeners: WeakMap<object, Set<() => void>>;
}

/** Made when the first live output is: until then nothing is watched, and costs nothing. */
function watched(): Watched {
  const found = Reflect.get(globalThis, hook) as Watched | undefined;
  if (found) return found;
  const readers = new Set<Set<object>>();
  const listeners = new WeakMap<object, Set<() => void>>();
  const made: Watched = {
    readers,
    listeners,
    read: (source) => readers.forEach((reads) => reads.add(source)),
    changed: (source) => [...(listeners.get(source) ?? [])].forEach((listener) => listener()),
  };
  Reflect.set(globalThis, hook, made);
  return made;
}

/** Tells of `source` where somebody watches. */
export function tell(what: keyof Watch, source: object): void {
  (Reflect.get(globalThis, hook) as Watch | undefined)?.[what](source);
}

/** Runs `make` and gathers what is read until it is done, also by others that run meanwhile: too much is watched rather than too little. */
export async function reading<Value>(
  make: () => Value | Promise<Value>,
): Promise<{ value: Value; reads: Set<object> }> {
  const { readers } = watched();
  const reads = new Set<object>();
  readers.add(reads);
  try {
    return { value: await make(), reads };
  } finally {
    readers.delete(reads);
  }
}

/** `listener` is told of each change of one of `sources`; returns how to stop that. */
export function listen(sources: Iterable<object>, listener: () => void): () => void {
  const { listeners } = watched();
  const joined = [...sources].map((source) => {
    const all = listeners.get(source) ?? new Set();
    listeners.set(source, all.add(listener));
    return all;
  });
  return () => joined.forEach((all) => all.delete(listener));
}

/** One source for each key of a state. */
export class Keys {
  readonly #sources = new Map<string, object>();

  of(key: string): object {
    const source = this.#sources.get(key) ?? {};
    this.#sources.set(key, source);
    return source;
  }
}
