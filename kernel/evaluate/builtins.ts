/**
 * What the global object held before any cell ran.
 * A cell may declare `const Promise = 1`; it then means it, in every cell. The evaluator and its parser go on with the built-in:
 * their synchronous work runs with the shadowed built-ins put back for as long as it takes.
 */
const { defineProperty, getOwnPropertyDescriptor, deleteProperty, getPrototypeOf, ownKeys } = Reflect;

export class Builtins {
  private readonly target: object;
  private readonly names = new Set<string>();
  // name → the built-in's own descriptor; undefined where it is inherited (a page's `name` and `status`).
  private readonly shadowed = new Map<string, PropertyDescriptor | undefined>();

  constructor(target: object) {
    this.target = target;
    for (let at: object | null = target; at && at !== Object.prototype; at = getPrototypeOf(at)) {
      for (const key of ownKeys(at)) if (typeof key === "string") this.names.add(key);
    }
  }

  /** Notes that these names are about to be declared; says which of them hide a built-in for the first time. */
  shadow(names: Iterable<string>): string[] {
    const hidden: string[] = [];
    for (const name of names) {
      if (!this.names.has(name) || this.shadowed.has(name)) continue;
      this.shadowed.set(name, getOwnPropertyDescriptor(this.target, name));
      hidden.push(name);
    }
    return hidden;
  }

  /** Does synchronous work with the built-ins in their places. */
  restored<T>(work: () => T): T {
    if (this.shadowed.size === 0) return work();
    const users = [...this.shadowed.keys()].map(
      (name) => [name, getOwnPropertyDescriptor(this.target, name)] as const,
    );
    for (const [name, descriptor] of this.shadowed) put(this.target, name, descriptor);
    try {
      return work();
    } finally {
      for (const [name, descriptor] of users) put(this.target, name, descriptor);
    }
  }
}

function put(target: object, name: string, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor) defineProperty(target, name, descriptor);
  else deleteProperty(target, name);
}
