/**
 * Places in one block of memory for values that live one after another: two may overlap where their lives do not.
 * In: sizes, and when each is made and last read. Out: offsets. First fit, larger gaps joined again.
 */

export interface Life {
  readonly bytes: number;
  /** Step that writes it. */
  readonly from: number;
  /** Last step that reads it. */
  readonly to: number;
}

export interface Arena {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

/** Offsets are multiples of this; so many bytes after each value may be read. */
const grain = 64;

export function arenaOf(lives: readonly Life[]): Arena {
  const offsets: number[] = lives.map(() => 0);
  const order = lives
    .map((_, i) => i)
    .toSorted((a, b) => lives[a].from - lives[b].from || lives[b].bytes - lives[a].bytes);
  let placed: number[] = [];
  let bytes = 0;
  for (const i of order) {
    const { from } = lives[i];
    placed = placed.filter((j) => lives[j].to >= from).toSorted((a, b) => offsets[a] - offsets[b]);
    const size = sizeOf(lives[i]);
    offsets[i] = firstGap(
      placed.map((j) => [offsets[j], sizeOf(lives[j])]),
      size,
    );
    placed.push(i);
    bytes = Math.max(bytes, offsets[i] + size);
  }
  return { offsets, bytes };
}

function sizeOf({ bytes }: Life): number {
  return Math.ceil(bytes / grain) * grain + grain;
}

/** Where `size` bytes fit between pieces, which are in order. */
function firstGap(pieces: readonly (readonly [number, number])[], size: number): number {
  let at = 0;
  for (const [offset, length] of pieces) {
    if (offset - at >= size) return at;
    at = Math.max(at, offset + length);
  }
  return at;
}
