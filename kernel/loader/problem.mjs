/** How a file that does not parse is said: place, message, and the line. Plain JavaScript: the loader needs it. */

/** @param {string} file @param {string} source @param {import("oxc-transform").OxcError} problem */
export function describeProblem(file, source, { message, labels, codeframe }) {
  const before = source.slice(0, labels[0]?.start ?? 0).split("\n");
  return `${file}:${before.length}:${before.at(-1).length + 1}: ${message}\n${codeframe ?? ""}`.trimEnd();
}
