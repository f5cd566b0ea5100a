/** Type errors of the chapters on a stage, by the native compiler. A position in a staged file is chapter.md's. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Source } from "../book.ts";
import type { Fault } from "../fault.ts";
import { withoutEchoes } from "./echoes.ts";

/** Throws if the compiler cannot be run or says what we cannot read. */
export async function typeFaults(root: string, stage: string, sources: readonly Source[]): Promise<Fault[]> {
  const child = spawn(compilerPath(root), ["-p", stage, "--pretty", "false"], {
    cwd: stage,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on("error", reject).on("close", resolve),
  );
  const [output, problem, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const diagnostics = parseDiagnostics(output);
  if (code !== 0 && diagnostics.length === 0)
    throw new Error(`bug: tsc ended with ${code}: ${output}${problem}`);
  const faults = withoutRepeats(diagnostics.flatMap((each) => toFault(each, stage, sources)));
  return [...textsOf(sources)].flatMap(([file, content]) =>
    withoutEchoes(
      faults.filter((fault) => fault.file === file),
      content,
    ),
  );
}

/** Every text that a fault's place may count in: path from the root → text. */
function textsOf(sources: readonly Source[]): Map<string, string> {
  return new Map(
    sources.flatMap(({ chapter, folder, companions }) => [
      [chapter.file, chapter.text] as const,
      ...[...companions].map(([name, content]) => [`${folder}/${name}`, content] as const),
    ]),
  );
}

/** TypeScript 7 is a program for each platform; its JavaScript front only starts it. */
function compilerPath(root: string): string {
  const require = createRequire(join(root, "package.json"));
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  const program = process.platform === "win32" ? "tsc.exe" : "tsc";
  return join(dirname(require.resolve(`${name}/package.json`)), "lib", program);
}

const ASSIGNABILITY =
  /^(?:Argument of type|Type) '(?<got>.+?)' is not assignable to (?:parameter of )?type '(?<want>.+?)'\./;

const NOT_FOUND = "types (TS2307)";

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly message: string;
}

/** `check/x.ts(28,15): error TS2322: Type …`, then indented lines that go on. */
function parseDiagnostics(output: string): Diagnostic[] {
  const pattern =
    /^(?<file>.+?)\((?<line>\d+),(?<column>\d+)\): error (?<code>TS\d+): (?<message>.*(?:\r?\n[ \t]+.*)*)/gm;
  return [...output.matchAll(pattern)].map(({ groups }) => {
    const { file, line, column, code, message } = groups as Record<string, string>;
    return {
      file,
      line: Number(line),
      column: Number(column),
      code,
      message: message.replaceAll(/\s*\n\s*/g, " ").trim(),
    };
  });
}

/** A diagnostic in a staged file; others (the engine's, a data set's) are the business of `npm run check`. */
function toFault(
  { file, line, column, code, message }: Diagnostic,
  stage: string,
  sources: readonly Source[],
): Fault[] {
  const path = relative(stage, isAbsolute(file) ? file : join(stage, file))
    .split(sep)
    .join("/");
  const source = sources.find(
    ({ chapter: { slug } }) => path === `check/${slug}.ts` || path.startsWith(`modules/${slug}`),
  );
  if (source === undefined) return [];
  const companion = /^modules\/[^/]+\/(?<name>.+)$/.exec(path)?.groups?.["name"];
  const place = {
    file: companion === undefined ? source.chapter.file : `${source.folder}/${companion}`,
    line,
    column,
  };
  const types = ASSIGNABILITY.exec(message);
  const want = types?.groups?.["want"] ?? "a program that TypeScript accepts";
  const got = types?.groups?.["got"] ?? message;
  const isAllSaid = types === null || types[0].length === message.length;
  return [{ ...place, who: `types (${code})`, want, got, ...(!isAllSaid && { detail: `  ${message}` }) }];
}

/**
 * A cell stands in the module and in the check text: one fault, not two. And where a module was not found, all that
 * came of it is of unknown type: only that it was not found is said.
 */
function withoutRepeats(faults: readonly Fault[]): Fault[] {
  const key = (fault: Fault): string => `${fault.file}:${fault.line}:${fault.column}:${fault.who}`;
  const once = [...new Map(faults.map((fault) => [key(fault), fault])).values()];
  const isMissing = ({ who }: Fault): boolean => who === NOT_FOUND;
  const lacking = new Set(once.filter(isMissing).map(({ file }) => file));
  const kept = once.filter((fault) => !lacking.has(fault.file) || isMissing(fault));
  const firstOf = (fault: Fault): Fault | undefined =>
    kept.find(({ file, who, got }) => file === fault.file && who === fault.who && got === fault.got);
  return kept.filter((fault) => !isMissing(fault) || firstOf(fault) === fault);
}
