/**
 * Edits of a text that keep its lines: line N of the result is line N of the source.
 * In: source, edits. Out: the new text, and a map between offsets of both, so that columns are exact too.
 * Most edits keep the length as well (a type becomes as many spaces); the few insertions go through the map.
 */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Collects edits of one source. Edits must not overlap; at one offset, the one added first comes first. */
export class Patch {
  readonly source: string;
  private edits: Edit[] = [];

  constructor(source: string) {
    this.source = source;
  }

  /** Puts `text` between start and end; the line breaks that were there follow it. */
  replace(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text: text + lineBreaks(this.source.slice(start, end)) });
  }

  insert(offset: number, text: string): void {
    this.edits.push({ start: offset, end: offset, text });
  }

  /** Turns the characters into spaces, `first` and `last` standing in for the outermost ones. Line breaks stay. */
  blank(start: number, end: number, first = "", last = ""): void {
    if (start >= end) return;
    const spaces = this.source.slice(start, end).replace(/[^\r\n\u2028\u2029]/g, " ");
    const text = first + spaces.slice(first.length, spaces.length - last.length) + last;
    this.edits.push({ start, end, text });
  }

  /** Blanks a statement or class member, leaving a `;` so that its neighbours stay apart. */
  blankStatement(start: number, end: number): void {
    this.discard(start, end);
    this.blank(start, end, ";");
  }

  /** Forgets the edits within a range, so that one edit can take their place. */
  discard(start: number, end: number): void {
    this.edits = this.edits.filter((edit) => edit.start < start || edit.end > end);
  }

  apply(): Patched {
    const edits = this.edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
    let text = "";
    let at = 0;
    for (const edit of edits) {
      if (edit.start < at) throw new Error(`bug: two edits overlap at offset ${edit.start}`);
      text += this.source.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return { text: text + this.source.slice(at), map: new OffsetMap(edits) };
  }
}

export interface Patched {
  readonly text: string;
  readonly map: OffsetMap;
}

/** Offsets of a source ↔ offsets of its patched text. Three numbers an edit. */
export class OffsetMap {
  private readonly spans: Int32Array;

  constructor(edits: readonly Edit[]) {
    this.spans = Int32Array.from(edits.flatMap((edit) => [edit.start, edit.end, edit.text.length]));
  }

  /** Where the source's offset went; what was inserted at that very offset comes after it. */
  forward(offset: number): number {
    let shift = 0;
    for (let i = 0; i < this.spans.length; i += 3) {
      const [start, end, length] = this.spans.subarray(i, i + 3) as unknown as [number, number, number];
      if (end > offset || (start === end && start === offset)) break;
      shift += length - (end - start);
    }
    return offset + shift;
  }

  /** Where the patched text's offset came from; inside inserted text, the offset it was inserted at. */
  back(offset: number): number {
    let shift = 0;
    for (let i = 0; i < this.spans.length; i += 3) {
      const [start, end, length] = this.spans.subarray(i, i + 3) as unknown as [number, number, number];
      const at = start + shift;
      if (offset < at) break;
      if (offset < at + length) return start + Math.min(offset - at, Math.max(0, end - start - 1));
      shift += length - (end - start);
    }
    return offset - shift;
  }
}

function lineBreaks(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]/g, "");
}
