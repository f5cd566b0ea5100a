/** What check, build and run begin with: read the book, choose the chapters, judge them, say the faults. */
import { type Book, readBook } from "./book.ts";
import { describeFault } from "./fault.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { inspect } from "./inspect.ts";
import type { BookOptions } from "./options.ts";
import { selectChapters } from "./select.ts";

export interface Prepared {
  readonly book: Book;
  readonly inputs: Inputs;
  /** Slugs; the chapters that were asked for and all they import. */
  readonly selected: ReadonlySet<string>;
  readonly isGood: boolean;
}

/** undefined if the choice of chapters names none that exists; what is wrong is on stderr already. */
export async function prepare(options: BookOptions): Promise<Prepared | undefined> {
  const book = readBook(options.root);
  const selected = select(book, options);
  if (selected === undefined) return undefined;
  const inputs = readInputs(book);
  const faults = await inspect(book, inputs, selected);
  for (const fault of faults) options.stderr.write(`${describeFault(fault)}\n`);
  return { book, inputs, selected, isGood: faults.length === 0 };
}

function select(book: Book, options: BookOptions): ReadonlySet<string> | undefined {
  try {
    return selectChapters(book, options.chapters);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    options.stderr.write(`${error.message}\n`);
    return undefined;
  }
}
