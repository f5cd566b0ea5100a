/**
 * Numbers as libraries keep them → JSON that a figure's renderer reads: typed arrays become arrays, whatever has `tolist()`
 * (a tensor, on any device) is read, BigInts become numbers, and a NaN or infinity a hole (JSON has none).
 */

// A cell may declare names over these; what is shown must not depend on it.
const { Array, ArrayBuffer, Number, Object, Promise, Reflect } = globalThis;

/** A column of a figure: numbers, texts, dates; also a typed array or a tensor of rank 1. */
export type Column = ArrayLike<unknown> | { tolist(): unknown };

/** `value` as JSON would hold it, with all data read. Rejects where reading does. */
export async function plainData(value: unknown): Promise<unknown> {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  const read: unknown = Reflect.get(value, "tolist");
  if (typeof read === "function") return plainData(await Reflect.apply(read, value, []));
  if (ArrayBuffer.isView(value) && "length" in value) return plainNumbers(value as Float64Array);
  if (Array.isArray(value)) return plainArray(value);
  const json: unknown = Reflect.get(value, "toJSON");
  if (typeof json === "function") return Reflect.apply(json, value, []) as unknown; // dates
  const entries = Object.entries(value).map(async ([key, each]) => [key, await plainData(each)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Columns of one length → rows: `{ x: [1, 2], y: [3, 4] }` → `[{ x: 1, y: 3 }, { x: 2, y: 4 }]`. Throws a RangeError for others. */
export function rowsOf(columns: Readonly<Record<string, readonly unknown[]>>, who: string): object[] {
  const names = Object.keys(columns);
  const lengths = names.map((name) => columns[name].length);
  const odd = lengths.findIndex((length) => length !== lengths[0]);
  if (odd >= 0)
    throw new RangeError(
      `${who}: want columns of one length, got ${names[0]} with ${lengths[0]} and ${names[odd]} with ${lengths[odd]}`,
    );
  return Array.from({ length: lengths[0] ?? 0 }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, columns[name][i]])),
  );
}

/** Number for number: a promise for each element of a long array would cost more than the figure. */
async function plainArray(array: readonly unknown[]): Promise<unknown[]> {
  if (array.every((each) => typeof each === "number" || typeof each === "string")) return plainNumbers(array);
  return Promise.all(array.map(async (each) => plainData(each)));
}

function plainNumbers(numbers: ArrayLike<unknown>): unknown[] {
  return Array.from(numbers, (each) => {
    if (typeof each === "bigint") return Number(each);
    return typeof each === "number" && !Number.isFinite(each) ? null : each;
  });
}
