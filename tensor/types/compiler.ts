/** Where the TypeScript compiler is: the platform's own package, as the kernel finds it. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The path of TypeScript 7's executable. */
export function compilerPath(): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return join(dirname(manifest), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
}
