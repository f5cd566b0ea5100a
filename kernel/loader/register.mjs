/**
 * Lets Node load TypeScript and `below/…`: `node --import kernel/loader/register.mjs file.ts`.
 * Plain JavaScript, because it runs before anything can be transformed.
 * `below/tensor`, `below/<slug>` and the rest are package.json's `exports`; from files outside this
 * package they are resolved as if asked for by it, so a notebook may live anywhere.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { registerHooks, setSourceMapsSupport } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { transformSync } from "oxc-transform";

const packageUrl = new URL("../../package.json", import.meta.url).href;
const packageFolder = new URL("../../", import.meta.url).href;
const cache = new URL("../../build/loader/", import.meta.url);
const oxcPackage = readFileSync(
  new URL("../../node_modules/oxc-transform/package.json", import.meta.url),
  "utf8",
);
const oxcVersion = String(JSON.parse(oxcPackage).version);

// Printed code is not the code on disk: stacks must speak of the latter.
setSourceMapsSupport(true);

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith("below/")) return next(specifier, { ...context, parentURL: packageUrl });
    const url = neighbour(specifier, context.parentURL);
    return url === undefined
      ? next(specifier, context)
      : { url, format: "module", importAttributes: context.importAttributes, shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.startsWith("file:") || !/\.m?ts(\?|$)/.test(url)) return next(url, context);
    const file = fileURLToPath(url.replace(/\?.*$/, ""));
    const source = readFileSync(file, "utf8");
    return {
      format: "module",
      source: remembered(basename(file), source, () => transformed(file, source)),
      shortCircuit: true,
    };
  },
});

/**
 * What one of this package's own files means by "./x.ts". Node would look at links and at every package.json on the way,
 * which takes longer than loading the file.
 * @param {string} specifier @param {string | undefined} parent
 */
function neighbour(specifier, parent) {
  if (!/^\.\.?\/.*\.ts$/.test(specifier) || !parent?.startsWith(packageFolder)) return undefined;
  const { href } = new URL(specifier, parent);
  return href.startsWith(packageFolder) && existsSync(fileURLToPath(href)) ? href : undefined;
}

/** @param {string} file @param {string} source */
function transformed(file, source) {
  const result = transformSync(file, source, { sourcemap: true });
  const [problem] = result.errors;
  if (problem) throw new SyntaxError(describeProblem(file, source, problem));
  // Relative to the module's own address, so that the same text is the same in every copy of the project.
  const map = Buffer.from(JSON.stringify({ ...result.map, sources: [basename(file)] })).toString("base64");
  return `${result.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
}

/**
 * What was transformed before, by hash of everything it depends on: the hundred files of the tensor library take 70 ms to transform
 * and 10 to read. Where nothing can be written, nothing is remembered.
 * @param {string} name @param {string} source @param {() => string} make
 */
function remembered(name, source, make) {
  const hash = hashOf(`${oxcVersion} ${name} ${source}`);
  const place = new URL(`${hash}.mjs`, cache);
  try {
    return readFileSync(place, "utf8");
  } catch {
    const code = make();
    try {
      mkdirSync(cache, { recursive: true });
      const half = new URL(`${hash}.${process.pid}.${threadId}.half`, cache);
      writeFileSync(half, code);
      renameSync(half, place);
    } catch {
      // A read-only folder: transformed again next time.
    }
    return code;
  }
}

/** @param {string} file @param {string} source @param {import("oxc-transform").OxcError} problem */
function describeProblem(file, source, { message, labels, codeframe }) {
  const before = source.slice(0, labels[0]?.start ?? 0).split("\n");
  return `${file}:${before.length}:${before.at(-1).length + 1}: ${message}\n${codeframe ?? ""}`.trimEnd();
}

/**
 * 64 bits of a text, as two sums that mix differently. Not against an attacker, who could as well edit the file; node:crypto would cost
 * more to load than it saves.
 * @param {string} text
 */
function hashOf(text) {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x9e3779b1);
    b = Math.imul(b ^ c, 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  return [a, b, text.length].map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}
