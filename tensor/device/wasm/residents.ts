/**
 * Whose elements lie where in linear memory, and for how long.
 *
 * What is kept: results, and what programs left on the way, since the next thing asked may need it too. Nobody has to dispose:
 * what has not been used for a while is dropped if it can be computed again, and moved to the host if it cannot, where the garbage
 * collector finds it. So memory stays the same in a loop that does the same.
 *
 * An interrupt may end any of this at a call or a loop, and nowhere else: the list of places changes without either, and from that list
 * the next run finds out what else was left undone.
 */
import { bytesEach, type Data, type DType } from "../../dtype.ts";
import { type Const, type Storage, storageOf, type Value } from "../../graph.ts";
import { product } from "../../shape/reshape.ts";
import { read, write } from "../elements.ts";
import type { Machine } from "./machine.ts";

/** A piece of linear memory; several values may lie in it. */
export interface Block {
  readonly address: number;
  users: number;
  /** Whether a run holds it that has not finished. */
  isOpen: boolean;
}

/** Where a value's elements are: in memory, or with the host, or nowhere. */
class Place {
  readonly #machine: Machine;
  readonly #dtype: DType;
  readonly #size: number;
  /** Whether the value's node can compute it again. */
  readonly isSpare: boolean;
  block: Block | undefined;
  /** Its elements, once others needed its memory. */
  host: Data | undefined;
  /** The run in which it was used last. */
  used = 0;
  /** Its neighbours among the places in memory, by last use. */
  older: Place | undefined;
  newer: Place | undefined;

  constructor(machine: Machine, block: Block, { dtype, shape }: Value, isSpare: boolean) {
    this.#machine = machine;
    this.block = block;
    this.#dtype = dtype;
    this.#size = product(shape);
    this.isSpare = isSpare;
  }

  get isGone(): boolean {
    return this.block === undefined && this.host === undefined;
  }

  data(): Data {
    if (this.block !== undefined)
      return read(this.#machine.memory.buffer, this.block.address, this.#dtype, this.#size);
    if (this.host === undefined) throw new Error("bug: a copy of what is gone");
    return this.host.slice();
  }
}

/** What a value holds of its place, and nobody else: when it is collected, nobody can reach the value any more. */
class WasmStorage implements Storage {
  readonly device = "wasm";
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  get isGone(): boolean {
    return this.place.isGone;
  }

  data(): Data {
    return this.place.data();
  }
}

/** How many runs something stays in memory that none of them uses. */
const patience = 64;

export class Residents {
  readonly #machine: Machine;
  readonly #held = new Queue();
  /**
   * Told when a storage is collected, not the value: V8's small collections keep what is registered, and a value holds its graph.
   * No WeakRef: in a loop that awaits nothing but results, all that one was made of stays.
   */
  readonly #unreachable = new FinalizationRegistry<Place>((place) => this.#drop(place));
  /** Blocks that the run has taken, those included that it has given back. */
  readonly #open: Block[] = [];
  #time = 0;
  /** Still true at the next beginning if an interrupt, or an error, ended what was going on. */
  #isRunning = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Begins a run. One that was interrupted has left a hold on its blocks, and its counts wherever it was ended. */
  begin(): void {
    this.settle();
    this.#isRunning = true;
    this.#time++;
  }

  /** Ends a run: what it alone held goes, and what nothing has used for long. */
  end(): void {
    for (let place = this.#held.oldest; place !== undefined && place.used <= this.#time - patience;) {
      const next = place.newer;
      this.#evict(place);
      place = next;
    }
    for (const block of this.#open) if (block.isOpen) this.release(block);
    this.#open.length = 0;
    this.#isRunning = false;
  }

  /** Puts right what a run left that was interrupted: a block has as many users as stored values lie in it; one that nobody knows of goes. */
  settle(): void {
    if (!this.#isRunning) return;
    this.#open.length = 0;
    const used = this.#held.blocks();
    for (const block of used) [block.users, block.isOpen] = [0, false];
    for (const block of used) block.users++;
    const known = new Set(used.map(({ address }) => address));
    for (const address of this.#machine.counted) if (!known.has(address)) this.#machine.free(address);
    this.#isRunning = false;
  }

  // ——— blocks ———

  /** A block that the run holds. */
  allocate(bytes: number): Block {
    const block: Block = { address: this.room(bytes, true), users: 1, isOpen: true };
    this.#open.push(block);
    return block;
  }

  /** Address of free memory; where there is none, what the run does not need makes room. isCounted: it belongs to a block. */
  room(bytes: number, isCounted = false): number {
    try {
      return this.#machine.allocate(bytes, isCounted);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      for (let place = this.#held.oldest; place !== undefined && place.used < this.#time;) {
        const next = place.newer;
        this.#evict(place);
        place = next;
      }
      return this.#machine.allocate(bytes, isCounted);
    }
  }

  /** One holder less; a run that has it open is one too. */
  release(block: Block): void {
    if (block.users === 1) this.#machine.free(block.address);
    block.users--;
    block.isOpen = false;
  }

  // ——— values ———

  /** The value's elements lie in the block from now on. `isSpare`: whether the value's node can compute it again. */
  hold(value: Value, block: Block, isSpare: boolean): void {
    const place = new Place(this.#machine, block, value, isSpare);
    const storage = new WasmStorage(place);
    block.users++;
    this.#held.add(place, this.#time);
    // A spare place goes by itself, and soon.
    if (!isSpare) this.#unreachable.register(storage, place, place);
    value.storage = storage;
  }

  /** What these lie in stays while the run needs it. */
  touch(values: readonly Value[]): void {
    for (const { storage } of values)
      if (storage instanceof WasmStorage) this.#held.touch(storage.place, this.#time);
  }

  /** Where a leaf lies; data from the host, or from another device, is copied in. */
  blockOf(leaf: Value): Block {
    const storage = storageOf(leaf);
    if (storage instanceof WasmStorage && storage.place.block !== undefined) {
      this.#held.touch(storage.place, this.#time);
      return storage.place.block;
    }
    const data = dataOf(leaf);
    const block = this.allocate(data.length * bytesEach[leaf.dtype]);
    write(this.#machine.memory.buffer, block.address, leaf.dtype, data);
    this.hold(leaf, block, leaf.node?.op === "const");
    block.isOpen = false;
    block.users--;
    return block;
  }

  /** A leaf's elements in memory of their own, that no run gives back. */
  copyOf(leaf: Value): Block {
    const data = dataOf(leaf);
    const address = this.room(data.length * bytesEach[leaf.dtype]);
    write(this.#machine.memory.buffer, address, leaf.dtype, data);
    return { address, users: 1, isOpen: false };
  }

  /** Gives a value's memory back. */
  forget(value: Value): void {
    const { storage } = value;
    if (!(storage instanceof WasmStorage) || storage.place.block === undefined) return;
    value.storage = undefined;
    this.#drop(storage.place);
  }

  /** Its memory is for others: what has no way to be computed again goes to the host. */
  #evict(place: Place): void {
    this.#leave(place, place.isSpare ? undefined : place.data());
  }

  /** Nobody reads it any more. */
  #drop(place: Place): void {
    this.#leave(place, undefined);
  }

  #leave(place: Place, host: Data | undefined): void {
    const { block } = place;
    if (block === undefined) return;
    const isRunning = this.#isRunning;
    this.#isRunning = true;
    if (!place.isSpare) this.#unreachable.unregister(place);
    this.#held.remove(place, host);
    this.release(block);
    this.#isRunning = isRunning;
  }
}

/**
 * Places in memory, least recently used first. Linked, not a Set: the tables that a Set leaves behind as it changes hold one another,
 * and V8's small collections keep them all once the first has grown old.
 */
class Queue {
  oldest: Place | undefined;
  #newest: Place | undefined;

  /** In all three: no call and no loop, so that an interrupt finds a whole list. */
  add(place: Place, time: number): void {
    place.used = time;
    place.older = this.#newest;
    if (this.#newest === undefined) this.oldest = place;
    else this.#newest.newer = place;
    this.#newest = place;
  }

  /** A place that has gone stays so. */
  touch(place: Place, time: number): void {
    const { older, newer } = place;
    if (place.block === undefined || place.used === time) return;
    place.used = time;
    if (newer === undefined) return;
    newer.older = older;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    place.older = this.#newest;
    place.newer = undefined;
    this.#newest!.newer = place;
    this.#newest = place;
  }

  /** Its elements are with the host from now on, or nowhere. */
  remove(place: Place, host: Data | undefined): void {
    const { older, newer } = place;
    place.block = undefined;
    place.host = host;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    place.older = place.newer = undefined;
  }

  blocks(): readonly Block[] {
    const found: Block[] = [];
    for (let place = this.oldest; place !== undefined; place = place.newer)
      if (place.block !== undefined) found.push(place.block);
    return found;
  }
}

function dataOf(leaf: Value): Data {
  const data = storageOf(leaf)?.data() ?? (leaf.node as Const | undefined)?.data;
  if (data === undefined) throw new Error("bug: a leaf without data");
  return data;
}
