/**
 * Which cell an output belongs to: job number in, cell out. Output may come long after its cell's end (a timer),
 * so some hundred cells are remembered; what has no number, or one that is forgotten, goes to the newest cell.
 */
import type { Cell } from "./kernel.ts";

const remembered = 500;

export class Cells {
  readonly #cells = new Map<number, Cell>();
  #newest: Cell | undefined;

  add(job: number, cell: Cell): void {
    this.#newest = cell;
    this.#cells.set(job, cell);
    if (this.#cells.size > remembered) for (const oldest of this.#cells.keys()) return this.#forget(oldest);
  }

  /** Of what is no cell (a comm's message): output without a number never goes there. */
  addSide(job: number, cell: Cell): void {
    const newest = this.#newest;
    this.add(job, cell);
    this.#newest = newest;
  }

  /** undefined before the first cell. */
  of(job: number | undefined): Cell | undefined {
    return (job === undefined ? undefined : this.#cells.get(job)) ?? this.#newest;
  }

  #forget(job: number): void {
    this.#cells.delete(job);
  }
}
