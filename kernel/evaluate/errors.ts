/** The errors that the evaluator itself throws. */
import { excerpt, type LineColumn } from "./lines.ts";

export interface CellPosition extends LineColumn {
  readonly file: string;
}

/** A cell that no parser accepts, or that asks for what a cell cannot do. Nothing of it ran. */
export class CellSyntaxError extends SyntaxError {
  readonly position: CellPosition;
  /** The line with a caret, ready to print. */
  readonly excerpt: readonly string[];

  constructor(message: string, position: CellPosition, source: string) {
    super(message);
    this.name = "SyntaxError";
    this.position = position;
    this.excerpt = excerpt(source, position);
  }
}
