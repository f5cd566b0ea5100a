/** A cursor of Jupyter's (code points from the start), of JavaScript's (UTF-16 units) and of LSP's (line and character). */
import { lineStarts } from "../evaluate/lines.ts";
import type { Position } from "./server.ts";

export function fromCodePoints(code: string, cursor: number): number {
  return Array.from(code).slice(0, cursor).join("").length;
}

export function toCodePoints(code: string, offset: number): number {
  return Array.from(code.slice(0, offset)).length;
}

/** In a draft's module, whose first line is not the cell's. */
export function draftPosition(code: string, offset: number): Position {
  const before = lineStarts(code).filter((start) => start <= offset);
  return { line: before.length, character: offset - before[before.length - 1] };
}
