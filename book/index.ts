/**
 * What other folders may use of the book's compiler. Each command prints to the streams it is given
 * and returns an exit code: 0 all well, 1 faults (each said on stderr), 130 interrupted.
 */
export type { Block, Cell, Chapter, Prose, Tag } from "./chapter.ts";
export type { BookOptions, CheckOptions, RunOptions } from "./options.ts";
export { buildBook } from "./build.ts";
export { checkBook } from "./check.ts";
export { proveExercises } from "./exercises/exercises.ts";
export { runBook } from "./run/run.ts";
export { newChapter } from "./new.ts";
export { watchBook, type WatchOptions } from "./site/watch.ts";
export { exportSite, type SiteOptions } from "./site/site.ts";
