/**
 * Lets Node load TypeScript and `below/…`: `node --import kernel/loader/register.mjs file.ts`.
 * Plain JavaScript, because it runs before anything can be transformed.
 * `below/tensor`, `below/<slug>` and the rest are package.json's `exports`; from files outside this
 * package they are resolved as if asked for by it, so a notebook may live anywhere.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "oxc-transform";

const packageUrl = new URL("../../package.json", import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    return specifier.startsWith("below/")
      ? next(specifier, { ...context, parentURL: packageUrl })
      : next(specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith("file:") || !/\.m?ts(\?|$)/.test(url)) return next(url, context);
    const file = fileURLToPath(url.replace(/\?.*$/, ""));
    const result = transformSync(file, readFileSync(file, "utf8"), { sourcemap: true });
    const [problem] = result.errors;
    if (problem) throw new SyntaxError(`${file}: ${problem.message}\n${problem.codeframe ?? ""}`);
    const map = Buffer.from(JSON.stringify({ ...result.map, sources: [url] })).toString("base64");
    const source = `${result.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
    return { format: "module", source, shortCircuit: true };
  },
});
