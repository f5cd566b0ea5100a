/**
 * Lets Node load TypeScript and `below/…`: `node --import kernel/loader/register.mjs file.ts`.
 * Plain JavaScript, because it runs before anything can be transformed.
 * `below/tensor`, `below/<slug>` and the rest are package.json's `exports`; from files outside this
 * package they are resolved as if asked for by it, so a notebook may live anywhere.
 */
import { createRequire, registerHooks, setSourceMapsSupport } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

// Not imported: see lean().
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } =
  process.getBuiltinModule("node:fs");
const { threadId } = process.getBuiltinModule("node:worker_threads");

const require = createRequire(import.meta.url);
const kernelUrl = new URL("../", import.meta.url).href;
const packageUrl = new URL("../../package.json", import.meta.url).href;
const packageFolder = new URL("../../", import.meta.url).href;
const cache = new URL("../../build/loader/", import.meta.url);
/** Of what is remembered; another one whenever this file makes something else of the same source. */
const form = "2";
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
    const source = readFileSync(file);
    return {
      format: "module",
      source: remembered(`${isOurs(url)} ${basename(file)}`, source, () =>
        transformed(file, source.toString(), isOurs(url)),
      ),
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

/** @param {string} url */
const isOurs = (url) => url.startsWith(kernelUrl);

/** @param {string} file @param {string} source @param {boolean} isLean */
function transformed(file, source, isLean) {
  // Native, and seldom needed: 10 ms of each start.
  const { transformSync } = /** @type {typeof import("oxc-transform")} */ (require("oxc-transform"));
  const result = transformSync(file, source, { sourcemap: true });
  const [problem] = result.errors;
  if (problem) {
    const { describeProblem } = /** @type {typeof import("./problem.mjs")} */ (require("./problem.mjs"));
    throw new SyntaxError(describeProblem(file, source, problem));
  }
  // Relative to the module's own address, so that the same text is the same in every copy of the project.
  const map = Buffer.from(JSON.stringify({ ...result.map, sources: [basename(file)] })).toString("base64");
  return `${isLean ? lean(result.code) : result.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
}

/**
 * The kernel's own imports of these modules, as reads of their objects. An import makes Node read all that they export, and with it
 * load what they keep for later (fs its streams, util its MIME types): 10 ms each, in each of two threads.
 * @param {string} code
 */
function lean(code) {
  return code.replace(
    /^import \{ ([^}]+) \} from "(node:(?:child_process|crypto|fs|util|v8))";$/gm,
    (_, names, module) =>
      `const { ${names.replaceAll(" as ", ": ")} } = process.getBuiltinModule("${module}");`,
  );
}

/**
 * What was transformed before, by hash of everything it depends on: the hundred files of the tensor library take 70 ms to transform
 * and 10 to read. Where nothing can be written, nothing is remembered.
 * @param {string} name @param {Buffer} source @param {() => string} make
 */
function remembered(name, source, make) {
  const hash = hashOf(Buffer.concat([Buffer.from(`${form} ${oxcVersion} ${name} `), source]));
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

/**
 * 64 bits of some bytes, as two sums that mix differently, four bytes at a time. Not against an attacker, who could as well edit the
 * file; node:crypto would cost more to load than it saves.
 * @param {Buffer} bytes
 */
function hashOf(bytes) {
  const words = new Int32Array((bytes.length + 3) >> 2);
  new Uint8Array(words.buffer).set(bytes);
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < words.length; i++) {
    a = Math.imul(a ^ words[i], 0x9e3779b1);
    b = Math.imul(b ^ words[i], 0x5f356495);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  return [a, b, bytes.length].map((x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}
