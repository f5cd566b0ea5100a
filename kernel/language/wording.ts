/**
 * TypeScript's messages, shortened to what a reader can act on. A message in, one or more lines out. Pure.
 * Shape errors arrive wrapped in the types that carry them (tensor/shape): `… & ShapeError<"matmul: inner dims differ: …">`.
 */

/** The first line is whole by itself. */
export function wordingOf(message: string): readonly string[] {
  return shapeProblem(message) ?? tensorMismatch(message) ?? overload(message) ?? plain(message);
}

function shapeProblem(message: string): readonly string[] | undefined {
  const quoted = /ShapeError<("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)>/.exec(message)?.[1];
  if (quoted === undefined) return undefined;
  const text = quoted.slice(1, -1).replace(/\\(.)/g, "$1");
  return [text.replace(/\$\{(\w+)\}/g, "$1")]; // a size that is a type parameter
}

/** Two shapes: where they differ, in place of the chain of types that TypeScript went down. */
function tensorMismatch(message: string): readonly string[] | undefined {
  const lines = message.split("\n");
  if (!/^\s*Types of property 'shape' are incompatible\.$/.test(lines[1] ?? "")) return undefined;
  const axis = /at position (\d+) in source/.exec(message)?.[1] ?? "0";
  const sizes = /Type 'Size<([^>]+)>' is not assignable to type 'Size<([^>]+)>'/.exec(message);
  const detail = sizes ? [`  axis ${axis}: ${unquoted(sizes[1])} is not ${unquoted(sizes[2])}`] : [];
  return [lines[0], ...detail];
}

function overload(message: string): readonly string[] | undefined {
  const [first, second, third, ...rest] = message.split("\n");
  if (!first.startsWith("No overload matches") || !/last overload/.test(second ?? "") || !third)
    return undefined;
  return [`${third.trim()} (No overload matches this call; this is about the last one.)`, ...rest];
}

function plain(message: string): readonly string[] {
  return message.replace(/ (?:Do you need to change your target library|Try `npm i).*$/m, "").split("\n");
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, "$1");
}
