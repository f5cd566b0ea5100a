/**
 * Any value → text, as Node's `util.inspect` writes it, but bounded everywhere: depth, items, keys, characters.
 * Never throws, and runs no getter of the value. No Node: what only Node can see comes in as `exotic`.
 */
import { className, functionName, keyText, quote } from "./naming.ts";
import { layOut } from "./layout.ts";

// A cell may declare names over these; what is shown must not depend on it.
const { Array, Error, Map, Object, Reflect, Set, String, Symbol, Date, RegExp, ArrayBuffer } = globalThis;

export interface InspectOptions {
  /**
   * Text for what the language hides (the target of a proxy, a promise's state) and for errors; asked first, of every object.
   * `depth`: how deep the value stands in what is shown; 0 is the value itself. undefined: the inspector shows it.
   */
  readonly exotic?: (value: object, depth: number) => string | undefined;
  /** Levels below the value; deeper ones read `[Object]`. */
  readonly mostLevels?: number;
  /** Elements, entries and keys shown of each value. */
  readonly mostItems?: number;
  /** Characters shown of each string. */
  readonly mostCharacters?: number;
  /** About so many characters altogether. */
  readonly mostText?: number;
}

interface Walk extends Required<Omit<InspectOptions, "exotic">> {
  readonly exotic: NonNullable<InspectOptions["exotic"]>;
  readonly above: object[];
  readonly circular: Map<object, number>;
  /** Characters that may still be spent. */
  left: number;
  /** The depth of what was shown last: how many levels stand below a value is known after its items. */
  deepest: number;
}

const longArray = 10_000;
const customHook = Symbol.for("nodejs.util.inspect.custom");

export function inspectValue(value: unknown, options: InspectOptions = {}): string {
  const walk: Walk = {
    exotic: () => undefined,
    mostLevels: 4,
    mostItems: 100,
    mostCharacters: 10_000,
    mostText: 20_000,
    ...options,
    above: [],
    circular: new Map(),
    left: options.mostText ?? 20_000,
    deepest: 0,
  };
  try {
    return show(value, walk, 0);
  } catch (error) {
    return `[a ${typeof value} that cannot be shown: ${reasonOf(error)}]`;
  }
}

function show(value: unknown, walk: Walk, indent: number): string {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return spend(walk, primitive(value, walk));
  return showObject(value, walk, indent);
}

function spend(walk: Walk, text: string): string {
  walk.left -= text.length + 2;
  return text;
}

function primitive(value: unknown, { mostCharacters }: Walk): string {
  if (typeof value === "string") {
    const more = value.length - mostCharacters;
    return more > 0
      ? `${quote(value.slice(0, mostCharacters))}... ${more} more character${more === 1 ? "" : "s"}`
      : quote(value);
  }
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function showObject(value: object, walk: Walk, indent: number): string {
  const depth = walk.above.length;
  if (walk.above.includes(value)) return spend(walk, `[Circular *${circularNumber(walk, value)}]`);
  try {
    const text = walk.exotic(value, depth) ?? custom(value, walk, indent);
    if (text !== undefined) return spend(walk, indented(text, indent));
    walk.above.push(value);
    const shown = open(value, walk, indent);
    const number = walk.circular.get(value);
    return number === undefined ? shown : `<ref *${number}> ${shown}`;
  } catch (error) {
    return spend(walk, `[a ${typeof value} that cannot be shown: ${reasonOf(error)}]`);
  } finally {
    walk.above.length = depth;
  }
}

function circularNumber({ circular }: Walk, value: object): number {
  const number = circular.get(value) ?? circular.size + 1;
  circular.set(value, number);
  return number;
}

/** A class may say itself how it reads, by Node's hook; it is called as Node calls it. */
function custom(value: object, walk: Walk, indent: number): string | undefined {
  const hook: unknown = Reflect.get(value, customHook);
  if (typeof hook !== "function") return undefined;
  const depth = walk.above.length;
  const inspect = (inner: unknown): string => inspectValue(inner, walk);
  const said: unknown = hook.call(
    value,
    walk.mostLevels - depth,
    { depth: walk.mostLevels - depth, stylize: String },
    inspect,
  );
  if (typeof said === "string") return said;
  return said === value ? undefined : show(said, walk, indent);
}

function open(value: object, walk: Walk, indent: number): string {
  const depth = walk.above.length - 1;
  const name = className(value);
  const kind = kindOf(value);
  const head = headOf(value, kind, name);
  const keys = keysOf(value, kind);
  if (kind === "leaf" && keys.length === 0) return spend(walk, head);
  if (depth > walk.mostLevels) return spend(walk, `[${kind === "array" ? "Array" : (name ?? "Object")}]`);
  walk.deepest = depth;
  const items = [...itemsOf(value, kind, walk, indent), ...keyItems(value, keys, walk, indent)];
  const [left, right] = kind === "array" || kind === "typed" ? ["[", "]"] : ["{", "}"];
  walk.left -= head.length + 4;
  return layOut({
    prefix: head,
    open: left,
    close: right,
    items,
    indent,
    levels: walk.deepest - depth,
    ...groupingOf(value, kind),
  });
}

type Kind = "array" | "typed" | "map" | "set" | "leaf" | "object";

function kindOf(value: object): Kind {
  if (typeof value === "function" || value instanceof Date || value instanceof RegExp) return "leaf";
  if (value instanceof Error) return "leaf";
  if (Array.isArray(value)) return "array";
  if (ArrayBuffer.isView(value) && "length" in value) return "typed";
  return value instanceof Map ? "map" : value instanceof Set ? "set" : "object";
}

/** What stands before the bracket; for a leaf, the whole text. */
function headOf(value: object, kind: Kind, name: string | undefined): string {
  switch (kind) {
    case "leaf":
      return leafText(value);
    case "array":
      return name === "Array" ? "" : `${name ?? "[Array: null prototype]"}(${(value as unknown[]).length})`;
    case "typed":
      return `${name ?? "TypedArray"}(${(value as Uint8Array).length})`;
    case "map":
    case "set":
      return `${name ?? kind}(${(value as Set<unknown>).size})`;
    default:
      return objectHead(value, name);
  }
}

function objectHead(value: object, name: string | undefined): string {
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  const tagged = typeof tag === "string" && tag !== "" && tag !== name ? ` [${tag}]` : "";
  const base = name ?? "[Object: null prototype]";
  return base === "Object" && tagged === "" ? "" : `${base}${tagged}`;
}

function leafText(value: object): string {
  if (typeof value === "function") return functionName(value as () => unknown);
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? "Invalid Date" : Date.prototype.toISOString.call(value);
  if (value instanceof Error) return `[${String(value)}]`;
  return RegExp.prototype.toString.call(value);
}

function itemsOf(value: object, kind: Kind, walk: Walk, indent: number): string[] {
  if (kind === "array") return arrayItems(value as unknown[], walk, indent);
  if (kind === "typed") {
    const numbers = value as Uint8Array;
    return limited(numbers.length, walk, (i) => show(numbers[i], walk, indent + 2));
  }
  if (kind === "set") {
    const members = Set.prototype.values.call(value as Set<unknown>);
    return limited((value as Set<unknown>).size, walk, () => show(members.next().value, walk, indent + 2));
  }
  if (kind !== "map") return [];
  const entries = Map.prototype.entries.call(value as Map<unknown, unknown>);
  return limited((value as Map<unknown, unknown>).size, walk, () => {
    const [key, item] = entries.next().value as [unknown, unknown];
    return `${show(key, walk, indent + 2)} => ${show(item, walk, indent + 2)}`;
  });
}

/** Texts of the first items, and a line for those left out. */
function limited(length: number, walk: Walk, item: (index: number) => string): string[] {
  const items: string[] = [];
  while (items.length < Math.min(length, walk.mostItems) && walk.left > 0) items.push(item(items.length));
  return length > items.length ? [...items, moreItems(length - items.length)] : items;
}

const moreItems = (count: number, what = "item"): string =>
  `... ${count} more ${what}${count === 1 ? "" : "s"}`;

/** Elements by their descriptors: one may be a getter. Holes next to each other are counted. */
function arrayItems(array: readonly unknown[], walk: Walk, indent: number): string[] {
  const items: string[] = [];
  let at = 0;
  while (at < array.length && items.length < walk.mostItems && walk.left > 0) {
    const descriptor = Reflect.getOwnPropertyDescriptor(array, String(at));
    if (descriptor) {
      items.push(property(descriptor, walk, indent));
      at++;
    } else {
      const from = at;
      while (at < array.length && !Object.hasOwn(array, at)) at++;
      items.push(`<${at - from} empty item${at - from === 1 ? "" : "s"}>`);
    }
  }
  return at < array.length ? [...items, moreItems(array.length - at)] : items;
}

function property(descriptor: PropertyDescriptor, walk: Walk, indent: number): string {
  if ("value" in descriptor) return show(descriptor.value, walk, indent + 2);
  const text = descriptor.get ? (descriptor.set ? "[Getter/Setter]" : "[Getter]") : "[Setter]";
  return spend(walk, text);
}

/** Own enumerable keys, without the indices that stand as elements. Of long arrays none: listing the indices takes seconds. */
function keysOf(value: object, kind: Kind): readonly PropertyKey[] {
  const isIndexed = kind === "array" || kind === "typed";
  if (isIndexed && (value as ArrayLike<unknown>).length > longArray) return [];
  const names = Object.keys(value);
  const own: PropertyKey[] = isIndexed ? names.filter((name) => !/^\d+$/.test(name)) : names;
  const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return [...own, ...symbols];
}

function keyItems(value: object, keys: readonly PropertyKey[], walk: Walk, indent: number): string[] {
  const items: string[] = [];
  for (const key of keys) {
    if (items.length >= walk.mostItems || walk.left <= 0) break;
    const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
    const name = spend(walk, keyText(key));
    items.push(`${name}: ${descriptor ? property(descriptor, walk, indent) : "undefined"}`);
  }
  return keys.length > items.length ? [...items, moreItems(keys.length - items.length, "key")] : items;
}

function groupingOf(value: object, kind: Kind): { grouped?: "text" | "numbers" } {
  if (kind !== "array" && kind !== "typed") return {};
  const first: unknown = (value as ArrayLike<unknown>)[0];
  return { grouped: typeof first === "number" || typeof first === "bigint" ? "numbers" : "text" };
}

function indented(text: string, indent: number): string {
  return indent === 0 ? text : text.replaceAll("\n", `\n${" ".repeat(indent)}`);
}

function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : "its own code threw";
  } catch {
    return "its own code threw";
  }
}
