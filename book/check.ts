/** `below check`: judges chapters and changes nothing that a reader uses. */
import { countChapters } from "./chapter.ts";
import type { CheckOptions } from "./options.ts";
import { prepare } from "./prepare.ts";
import { rubric } from "./check/rubric.ts";

/** Returns an exit code: 0 no faults, 1 faults (on stderr). With json, stdout is one JSON array of rubric rows. */
export async function checkBook(options: CheckOptions): Promise<number> {
  const prepared = await prepare(options);
  if (prepared === undefined) return 1;
  const { book, selected, isGood } = prepared;
  if (options.json) options.stdout.write(`${JSON.stringify(rubric(book, selected), null, 2)}\n`);
  else if (isGood) options.stdout.write(`${countChapters(selected.size)}: no faults\n`);
  return isGood ? 0 : 1;
}
