/**
 * Lets Node load TypeScript and `below/…`: `node --import kernel/loader/register.mjs file.ts`.
 * Plain JavaScript, because it runs before anything can be transformed.
 * `below/tensor`, `below/<slug>` and the rest are package.json's `exports`; from files outside this
 * package they are resolved as if asked for by it, so a notebook may live anywhere.
 */
import { readFileSync } from "node:fs";
import { registerHooks, setSourceMapsSupport } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "oxc-transform";

const packageUrl = new URL("../../package.json", import.meta.url).href;

// Printed code is not the code on disk: stacks must speak of the latter.
setSourceMapsSupport(true);

registerHooks({
  resolve(specifier, context, next) {
    return specifier.startsWith("below/")
      ? next(specifier, { ...context, parentURL: packageUrl })
      : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith("file:") || !/\.m?ts(\?|$)/.test(url)) return next(url, context);
    const file = fileURLToPath(url.replace(/\?.*$/, ""));
    const source = readFileSync(file, "utf8");
    const result = transformSync(file, source, { sourcemap: true });
    const [problem] = result.errors;
    if (problem) throw new SyntaxError(describeProblem(file, source, problem));
    const map = Buffer.from(JSON.stringify({ ...result.map, sources: [url] })).toString("base64");
    const code = `${result.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
    return { format: "module", source: code, shortCircuit: true };
  },
});

/** @param {string} file @param {string} source @param {import("oxc-transform").OxcError} problem */
function describeProblem(file, source, { message, labels, codeframe }) {
  const before = source.slice(0, labels[0]?.start ?? 0).split("\n");
  return `${file}:${before.length}:${before.at(-1).length + 1}: ${message}\n${codeframe ?? ""}`.trimEnd();
}
