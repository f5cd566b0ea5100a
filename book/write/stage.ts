/**
 * A folder of its own under build/, where modules are tried out before anything that a reader uses changes:
 * a faulty chapter leaves build/modules and notebooks/ as they were.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../book.ts";
import { isAlive, writeWhole } from "./files.ts";
import { checkText, moduleText } from "./module.ts";

/** Names that are simply there in a cell, without an import. */
const GLOBALS = ["display", "clearOutput", "prompt", "progress"];

/** Runs `use` on a fresh stage, and removes the stage whatever happens. */
export async function withStage<T>(root: string, use: (stage: string) => Promise<T>): Promise<T> {
  const build = join(root, "build");
  mkdirSync(build, { recursive: true });
  sweepStages(build);
  const stage = mkdtempSync(join(build, `.stage-${process.pid}-`));
  try {
    return await use(stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Files of `below/<slug>`, relative to a folder of modules: the module, its companions, its oracles. */
export function moduleFiles({ chapter, companions, oracles }: Source): ReadonlyMap<string, string> {
  const beside = [...companions, ...oracles].map(
    ([name, text]) => [`${chapter.slug}/${name}`, text] as const,
  );
  return new Map([[`${chapter.slug}.ts`, moduleText(chapter)], ...beside]);
}

/** Puts modules of all sources, check texts of those to check, and a tsconfig.json that joins them on the stage. */
export function fillStage(
  stage: string,
  sources: readonly Source[],
  checked: readonly Source[],
  globals: readonly string[],
): void {
  for (const source of sources)
    for (const [name, text] of moduleFiles(source)) writeWhole(join(stage, "modules", name), text);
  for (const { chapter } of checked)
    writeWhole(join(stage, "check", `${chapter.slug}.ts`), checkText(chapter));
  const declarations = GLOBALS.filter((name) => globals.includes(name)).map(
    (name) => `declare const ${name}: typeof import("below/display").${name};`,
  );
  writeWhole(join(stage, "globals.d.ts"), `${declarations.join("\n")}\n`);
  writeWhole(join(stage, "tsconfig.json"), JSON.stringify(tsconfig(sources, checked), null, 2));
}

function tsconfig(sources: readonly Source[], checked: readonly Source[]): unknown {
  const chapters = sources.flatMap(({ chapter: { slug } }) => [
    [`below/${slug}`, [`./modules/${slug}.ts`]],
    [`below/${slug}/*.json`, [`./modules/${slug}/*.json`]],
    [`below/${slug}/*`, [`./modules/${slug}/*.ts`]],
  ]);
  const slugs = checked.map(({ chapter }) => chapter.slug);
  return {
    extends: "../../tsconfig.json",
    compilerOptions: {
      // A reader's cell may use all of TypeScript, and leave a name unused.
      erasableSyntaxOnly: false,
      noUnusedLocals: false,
      moduleDetection: "force",
      // Without this, self-reference would find build/modules: the last good state, not the one to check.
      paths: Object.fromEntries(chapters) as unknown,
    },
    include: [
      "globals.d.ts",
      ...slugs.flatMap((slug) => [`check/${slug}.ts`, `modules/${slug}.ts`, `modules/${slug}/*.ts`]),
    ],
  };
}

function sweepStages(build: string): void {
  for (const name of readdirSync(build)) {
    const pid = /^\.stage-(?<pid>\d+)-/.exec(name)?.groups?.["pid"];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(build, name), { recursive: true, force: true });
  }
}
