/**
 * What was executed, now and in earlier sessions of the project: cells in, answers to history_request out (tail, range, search).
 * A session is one shell of one kernel. Its cells lie in memory and, where there is a folder, in a file of its own
 * (history-files.ts), so that two kernels at once never write to the same place.
 */
import { SessionFiles } from "./history-files.ts";

export interface HistoryEntry {
  readonly line: number;
  readonly input: string;
  readonly output?: string;
}

/** [session, line, input] or, with `output`, [session, line, [input, output]]. */
export type HistoryRow = readonly [
  session: number,
  line: number,
  entry: string | readonly [input: string, output: string | null],
];

export interface HistoryRequest {
  readonly hist_access_type?: "tail" | "range" | "search";
  readonly output?: boolean;
  readonly n?: number | null;
  readonly session?: number;
  readonly start?: number;
  readonly stop?: number | null;
  readonly pattern?: string | null;
  readonly unique?: boolean;
}

/** The newest so many cells of a session can be asked for; on disk all are kept until the file is full. */
const rememberedEntries = 10_000;

type Found = HistoryEntry & { readonly session: number };

/** All sessions that can be asked for. */
export class History {
  readonly #files: SessionFiles | undefined;
  readonly #own: HistorySession[] = [];

  /** `folder`: of the project's history; undefined keeps everything in memory. */
  constructor(folder: string | undefined) {
    this.#files = folder === undefined ? undefined : new SessionFiles(folder);
  }

  /** A session for one shell. It takes its number when it is first needed, so that a kernel that runs nothing leaves nothing. */
  open(): HistorySession {
    const session = new HistorySession(this.#files, () => this.#own.length);
    this.#own.push(session);
    return session;
  }

  /** `asking`: the session that the request counts from. Rows are in the order of time. */
  search(asking: HistorySession, request: HistoryRequest): HistoryRow[] {
    return this.#select(asking, request).map(({ session, line, input, output }) => [
      session,
      line,
      request.output ? [input, output ?? null] : input,
    ]);
  }

  #select(asking: HistorySession, request: HistoryRequest): readonly Found[] {
    if (request.hist_access_type === "range") return this.#range(asking, request);
    if (request.hist_access_type === "search") return last(search(this.#all(), request), request.n);
    return this.#tail(request.n);
  }

  /** Lines from `start` up to, not including, `stop`; session 0 is the asking one, -1 the one before it. */
  #range(asking: HistorySession, { session = 0, start = 0, stop }: HistoryRequest): readonly Found[] {
    const wanted = session > 0 ? session : asking.number + session;
    return this.#entriesOf(wanted).filter(
      ({ line }) => line >= start && (stop === undefined || stop === null || line < stop),
    );
  }

  /** Reads back only as many sessions as it takes. */
  #tail(n: number | null | undefined): readonly Found[] {
    let found: readonly Found[] = [];
    for (const number of this.#numbers().toReversed()) {
      if (typeof n === "number" && found.length >= n) break;
      found = [...this.#entriesOf(number), ...found];
    }
    return last(found, n);
  }

  #all(): readonly Found[] {
    return this.#numbers().flatMap((number) => this.#entriesOf(number));
  }

  #numbers(): readonly number[] {
    const own = this.#own.filter((session) => session.isNumbered).map((session) => session.number);
    return [...new Set([...(this.#files?.numbers() ?? []), ...own])].toSorted((a, b) => a - b);
  }

  #entriesOf(number: number): readonly Found[] {
    const own = this.#own.find((session) => session.isNumbered && session.number === number);
    const entries = own ? own.entries : (this.#files?.read(number) ?? []);
    return entries.map((entry) => ({ ...entry, session: number }));
  }
}

/** One shell's cells. */
export class HistorySession {
  readonly entries: HistoryEntry[] = [];
  readonly #files: SessionFiles | undefined;
  readonly #inMemory: () => number;
  #number: number | undefined;

  constructor(files: SessionFiles | undefined, inMemory: () => number) {
    this.#files = files;
    this.#inMemory = inMemory;
  }

  get isNumbered(): boolean {
    return this.#number !== undefined;
  }

  get number(): number {
    return (this.#number ??= this.#files?.claim() ?? this.#inMemory());
  }

  /** Before the cell runs, so that the history knows also the cell that killed its kernel. */
  add(line: number, input: string): void {
    this.entries.push({ line, input });
    if (this.entries.length > rememberedEntries) this.entries.shift();
    this.#files?.append(this.number, { line, input });
    if (!this.#files) void this.number;
  }

  /** The cell's result as text. */
  addOutput(line: number, output: unknown): void {
    const at = this.entries.findLastIndex((entry) => entry.line === line);
    if (at < 0 || typeof output !== "string") return;
    this.entries[at] = { ...this.entries[at], output };
    this.#files?.append(this.number, { line, output });
  }
}

/** `pattern` is a glob over whole inputs, as in IPython: `*` any text, `?` one character. */
function search(entries: readonly Found[], { pattern, unique }: HistoryRequest): readonly Found[] {
  const matches = globMatcher(pattern ?? "*");
  const found = entries.filter(({ input }) => matches(input));
  if (!unique) return found;
  const newest = new Map(found.map((entry) => [entry.input, entry]));
  return found.filter((entry) => newest.get(entry.input) === entry);
}

function globMatcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^]*")
    .replace(/\?/g, "[^]");
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

function last<T>(items: readonly T[], n: number | null | undefined): readonly T[] {
  return n === undefined || n === null ? items : n <= 0 ? [] : items.slice(-n);
}
