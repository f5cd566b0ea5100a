/**
 * Bytes in a widget's state travel beside the JSON: state ↔ JSON, the paths of what was taken out, and the bytes.
 * Pure. Source: ipywidgets, "Model state", protocol 2.1.
 */

const { Array, ArrayBuffer, DataView, Object, Reflect, Uint8Array } = globalThis; // as they are now: a cell may declare names over them

export type BufferPath = readonly (string | number)[];

export interface Split {
  readonly state: Readonly<Record<string, unknown>>;
  readonly buffer_paths: readonly BufferPath[];
  readonly buffers: readonly Uint8Array[];
}

/** In an object a buffer's key is left out, in an array its place is null: as ipywidgets' own. */
export function splitBuffers(state: object): Split {
  const [paths, buffers]: [BufferPath[], Uint8Array[]] = [[], []];
  const walk = (value: unknown, path: BufferPath): unknown => {
    const bytes = bytesOf(value);
    if (bytes) {
      paths.push(path);
      buffers.push(bytes);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((each, i) => walk(each, [...path, i]) ?? null);
    return isPlain(value) ? walkObject(value, path) : value;
  };
  const walkObject = (value: object, path: BufferPath): Record<string, unknown> =>
    Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each, [...path, key])]));
  return { state: walkObject(state, []), buffer_paths: paths, buffers };
}

/** The state with its bytes back in their places, as Uint8Arrays. Throws a TypeError for a path that leads nowhere. */
export function joinBuffers(
  state: Readonly<Record<string, unknown>>,
  paths: readonly BufferPath[],
  buffers: readonly Uint8Array[],
): Record<string, unknown> {
  const joined = structuredClone(state) as Record<string, unknown>;
  for (const [index, path] of paths.entries()) put(joined, path, buffers[index]);
  return joined;
}

/** `bytes` as the kind of array that `like` is; anything else stays bytes. */
export function asKindOf(like: unknown, bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array) || !ArrayBuffer.isView(like)) return bytes;
  const { buffer } = bytes.slice(); // of its own, so aligned
  if (like instanceof DataView) return new DataView(buffer);
  const Kind = like.constructor as new (buffer: ArrayBuffer) => ArrayBufferView;
  const size = (like as Uint8Array).BYTES_PER_ELEMENT;
  return bytes.byteLength % size === 0 ? new Kind(buffer) : bytes;
}

function put(state: object, path: BufferPath, bytes: Uint8Array | undefined): void {
  const place = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (isObject(at) ? Reflect.get(at, key) : at), state);
  const key = path.at(-1);
  if (!isObject(place) || key === undefined || bytes === undefined)
    throw new TypeError(`widget: want a buffer at each of its paths, got none at ${path.join(".")}`);
  Reflect.set(place, key, bytes);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Dates and the like are JSON's business. */
function isPlain(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
