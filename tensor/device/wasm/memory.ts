/**
 * The one linear memory that all programs and threads share, and who has which part of it.
 * Blocks are 64-byte aligned, found best-fit lowest-first: the same requests always give the same addresses.
 */
import { type Memory, webAssembly } from "../../codegen/wasm/engine.ts";

const page = 65536;
const alignment = 64;
/** Vector code may read (never write) so far beyond a block's end. */
const slack = 64;
/** More pages than this no 32-bit memory has. Some engines refuse to promise so many. */
const mostPages = [65536, 32768, 16384, 4096];

/** A free stretch [start, end), in bytes. */
interface Gap {
  start: number;
  end: number;
}

interface Block {
  readonly address: number;
  readonly size: number;
  readonly isCounted: boolean;
}

export class LinearMemory {
  readonly memory: Memory;
  readonly shared: boolean;
  readonly maximumPages: number;
  /** By address. Not a Map: as one changes it leaves tables behind that hold one another, and V8's small collections keep them. */
  readonly #blocks: Block[] = [];
  /** By address; no two touch. */
  readonly #gaps: Gap[];
  #bytesInUse = 0;

  /** `reserved`: bytes at address 0 that are never given out. */
  constructor(shared: boolean, reserved: number) {
    const { memory, pages } = open(shared);
    this.memory = memory;
    this.shared = shared;
    this.maximumPages = pages;
    this.#gaps = [{ start: roundUp(reserved), end: memory.buffer.byteLength - slack }];
  }

  get bytesInUse(): number {
    return this.#bytesInUse;
  }

  /** Blocks that were asked for as counted and not freed: whoever counts their users can find those that an interrupt left without any. */
  get counted(): readonly number[] {
    return this.#blocks.filter(({ isCounted }) => isCounted).map(({ address }) => address);
  }

  /** Address of a new block, contents unspecified. Throws RangeError when there is no room. */
  allocate(bytes: number, isCounted = false): number {
    const size = Math.max(roundUp(bytes), alignment);
    const gap = this.#smallestGap(size) ?? this.#grow(size);
    const at = this.#gaps.indexOf(gap);
    const place = this.#placeOf(gap.start);
    // From here on nothing is called and nothing loops: V8 ends a program only there, so an interrupt finds all or nothing done.
    const address = gap.start;
    this.#blocks.splice(place, 0, { address, size, isCounted });
    this.#bytesInUse += size;
    gap.start += size;
    if (gap.start === gap.end) this.#gaps.splice(at, 1);
    return address;
  }

  free(address: number): void {
    const place = this.#placeOf(address);
    const block = this.#blocks.at(place);
    if (block?.address !== address) throw new Error(`bug: ${address} is freed and was not allocated`);
    const end = address + block.size;
    const at = this.#gapAfter(address);
    const before = at > 0 && this.#gaps[at - 1].end === address ? this.#gaps[at - 1] : undefined;
    const after = at < this.#gaps.length && this.#gaps[at].start === end ? this.#gaps[at] : undefined;
    // As above: all or nothing.
    this.#blocks.splice(place, 1);
    this.#bytesInUse -= block.size;
    if (before !== undefined) {
      before.end = after === undefined ? end : after.end;
      if (after !== undefined) this.#gaps.splice(at, 1);
    } else if (after !== undefined) after.start = address;
    else this.#gaps.splice(at, 0, { start: address, end });
  }

  #smallestGap(size: number): Gap | undefined {
    let best: Gap | undefined;
    for (const gap of this.#gaps) {
      const room = gap.end - gap.start;
      if (room >= size && (best === undefined || room < best.end - best.start)) best = gap;
    }
    return best;
  }

  /** Index of the first block at an address or beyond it. */
  #placeOf(address: number): number {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle].address < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the first gap beyond an address. */
  #gapAfter(address: number): number {
    let at = 0;
    while (at < this.#gaps.length && this.#gaps[at].start < address) at++;
    return at;
  }

  /** Grows by at least a quarter, so that many small requests grow it seldom. */
  #grow(size: number): Gap {
    const end = this.memory.buffer.byteLength;
    const last = this.#gaps.at(-1);
    const loose = last?.end === end - slack ? last.end - last.start : 0;
    const needed = Math.ceil((size - loose) / page);
    const left = this.maximumPages - end / page;
    if (needed > left) throw this.#outOfMemory(size);
    const wanted = Math.min(Math.max(needed, Math.ceil(end / page / 4), 16), left);
    if (!this.#tryGrow(wanted) && !this.#tryGrow(needed)) throw this.#outOfMemory(size);
    const start = end - slack;
    if (last?.end === start) last.end = this.memory.buffer.byteLength - slack;
    else this.#gaps.push({ start, end: this.memory.buffer.byteLength - slack });
    return this.#gaps.at(-1)!;
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #outOfMemory(size: number): RangeError {
    const inUse = `${mebibytes(this.#bytesInUse)} of at most ${mebibytes(this.maximumPages * page)} in use`;
    return new RangeError(
      `wasm: want ${mebibytes(size)} in one piece, got ${inUse}; try scope() to release tensors earlier, or smaller batches`,
    );
  }
}

function open(shared: boolean): { memory: Memory; pages: number } {
  for (const pages of mostPages) {
    try {
      const memory = new webAssembly.Memory({ initial: 16, maximum: pages, shared });
      return { memory, pages };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new RangeError(
    `wasm: want a memory of up to ${mebibytes(mostPages.at(-1)! * page)}, got a refusal; try device("reference")`,
  );
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toLocaleString("en", { maximumFractionDigits: 1 })} MiB`;
}
