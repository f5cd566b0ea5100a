/**
 * Reads the gaps between syntax nodes: white space, comments, punctuation, keywords.
 * Only ever called where no string, template or regular expression can start.
 */

/** The offset of the first character at or after `offset` that is neither white space nor in a comment. */
export function skipTrivia(text: string, offset: number): number {
  let at = offset;
  for (;;) {
    while (at < text.length && /\s/.test(text[at])) at++;
    if (text.startsWith("//", at)) at = endOfLine(text, at);
    else if (text.startsWith("/*", at)) at = endOfComment(text, at);
    else return at;
  }
}

/** The offset of `character` at or after `offset`, not counting comments; the text's length if it is not there. */
export function findCharacter(text: string, offset: number, character: string): number {
  let at = skipTrivia(text, offset);
  while (at < text.length && text[at] !== character) at = skipTrivia(text, at + 1);
  return at;
}

export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The words (keywords, names) between two offsets, comments left out. */
export function wordsBetween(text: string, start: number, end: number): Word[] {
  const words: Word[] = [];
  let at = skipTrivia(text, start);
  while (at < end) {
    const word = /^[\p{ID_Continue}$]+/u.exec(text.slice(at, end))?.[0];
    if (word !== undefined) words.push({ text: word, start: at, end: at + word.length });
    at = skipTrivia(text, at + (word?.length ?? 1));
  }
  return words;
}

/** Whether a line ends between two offsets. */
export function hasLineBreak(text: string, start: number, end: number): boolean {
  return /[\r\n\u2028\u2029]/.test(text.slice(start, end));
}

function endOfLine(text: string, offset: number): number {
  const length = text.slice(offset).search(/[\r\n\u2028\u2029]/);
  return length < 0 ? text.length : offset + length;
}

function endOfComment(text: string, offset: number): number {
  const end = text.indexOf("*/", offset + 2);
  return end < 0 ? text.length : end + 2;
}
