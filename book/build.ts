/** `below build`: modules to build/modules, readers' notebooks to notebooks/; nothing if the chapters have faults. */
import { countChapters } from "./chapter.ts";
import type { BookOptions } from "./options.ts";
import { prepare } from "./prepare.ts";
import { writeBook } from "./write/book.ts";

/** Returns an exit code: 0 written, 1 faults (on stderr). */
export async function buildBook(options: BookOptions): Promise<number> {
  const prepared = await prepare(options);
  if (!prepared?.isGood) return 1;
  for (const note of writeBook(prepared.book, prepared.selected)) options.stdout.write(`${note}\n`);
  options.stdout.write(
    `${countChapters(prepared.selected.size)}: modules in build/modules, notebooks in notebooks/\n`,
  );
  return 0;
}
