/**
 * What is remembered of cells that ran, to read stacks that pass through them later.
 * Bounded: the most recent 2000 cells and 16 Mi characters of source. Of an older cell a frame keeps its line (scripts have the
 * reader's lines) and loses its column and excerpt.
 */
import type { CellPositions } from "./compile.ts";
import type { CellPosition } from "./errors.ts";

const MOST_CELLS = 2000;
const MOST_CHARACTERS = 16 * 1024 * 1024;

export class CellRecords {
  // In order of use: a Map keeps the order of insertion.
  private readonly cells = new Map<string, CellPositions>();
  private readonly origins = new WeakMap<object, CellPosition>();
  private characters = 0;

  add(file: string, positions: CellPositions): void {
    this.remove(file);
    this.cells.set(file, positions);
    this.characters += positions.source.length;
    for (const oldest of this.cells.keys()) {
      if (this.cells.size <= MOST_CELLS && this.characters <= MOST_CHARACTERS) break;
      if (oldest !== file) this.remove(oldest);
    }
  }

  get(file: string): CellPositions | undefined {
    return this.cells.get(file);
  }

  /** Remembers which import of a cell led to an error that has no frame of the cell itself. */
  noteOrigin(error: unknown, position: CellPosition): void {
    if (typeof error === "object" && error !== null) this.origins.set(error, position);
  }

  originOf(error: object): CellPosition | undefined {
    return this.origins.get(error);
  }

  private remove(file: string): void {
    this.characters -= this.cells.get(file)?.source.length ?? 0;
    this.cells.delete(file);
  }
}
