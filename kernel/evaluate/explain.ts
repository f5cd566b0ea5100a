/**
 * V8 places two frequent errors beside the name they are about, and words one of them for another situation.
 * In: an error's message, its place in a cell. Out: the same, as a reader of the cell would put it.
 */

export interface Explained {
  readonly message: string;
  readonly offset: number;
}

/** `message` and the offset of the name it is about; both unchanged where nothing better is known. */
export function explain(message: string, source: string, offset: number): Explained {
  const undefinedName = /^(\S+) is not defined$/.exec(message)?.[1];
  if (undefinedName !== undefined) return { message, offset: nameNear(undefinedName, source, offset) };
  const readOnly = /^Cannot assign to read only property '(.+)' of object '#<Object>'$/.exec(message)?.[1];
  if (readOnly === undefined) return { message, offset };
  // A bare name cannot be a property of an object at hand: it is a const of a cell.
  const at = bareNameBefore(readOnly, source, offset);
  return at < 0 ? { message, offset } : { message: "Assignment to constant variable.", offset: at };
}

// `f = nope` is placed at f, `nope = 1` at the `=`.
function nameNear(name: string, source: string, offset: number): number {
  if (isWord(name, source, offset)) return offset;
  const before = bareNameBefore(name, source, offset);
  if (before >= 0) return before;
  for (let at = source.indexOf(name, offset); at >= 0; at = source.indexOf(name, at + 1)) {
    if (isWord(name, source, at) && source[at - 1] !== ".") return at;
  }
  return offset;
}

function bareNameBefore(name: string, source: string, offset: number): number {
  if (isWord(name, source, offset) && source[offset - 1] !== ".") return offset;
  const at = source.slice(0, offset).trimEnd().length - name.length;
  return at >= 0 && isWord(name, source, at) && source[at - 1] !== "." ? at : -1;
}

function isWord(name: string, source: string, at: number): boolean {
  const after = source.slice(at + name.length, at + name.length + 2);
  return (
    source.startsWith(name, at) &&
    !/[\p{ID_Continue}$]$/u.test(source.slice(Math.max(at - 2, 0), at)) &&
    !/^[\p{ID_Continue}$]/u.test(after)
  );
}
