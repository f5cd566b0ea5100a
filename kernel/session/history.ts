/**
 * What was executed, in memory: entries in, answers to history_request out (tail, range, search).
 * One session; 0, its own number and negative numbers that reach it all mean this one.
 */
export interface HistoryEntry {
  readonly line: number;
  readonly input: string;
  output?: string;
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

const session = 1;

export function searchHistory(entries: readonly HistoryEntry[], request: HistoryRequest): HistoryRow[] {
  return select(entries, request).map(({ line, input, output }) => [
    session,
    line,
    request.output ? [input, output ?? null] : input,
  ]);
}

function select(entries: readonly HistoryEntry[], request: HistoryRequest): readonly HistoryEntry[] {
  if (request.hist_access_type === "range") return range(entries, request);
  if (request.hist_access_type === "search") return last(search(entries, request), request.n);
  return last(entries, request.n);
}

/** Lines from `start` up to, not including, `stop`. */
function range(
  entries: readonly HistoryEntry[],
  { session: asked = 0, start = 0, stop }: HistoryRequest,
): HistoryEntry[] {
  if (asked > session || asked < 0) return [];
  return entries.filter(({ line }) => line >= start && (stop === undefined || stop === null || line < stop));
}

/** `pattern` is a glob over whole inputs, as in IPython: `*` any text, `?` one character. */
function search(
  entries: readonly HistoryEntry[],
  { pattern, unique }: HistoryRequest,
): readonly HistoryEntry[] {
  const matches = globMatcher(pattern ?? "*");
  const found = entries.filter(({ input }) => matches(input));
  return unique
    ? found.filter(({ input }, i) => !found.slice(i + 1).some((later) => later.input === input))
    : found;
}

function globMatcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^]*")
    .replace(/\?/g, "[^]");
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}

function last<T>(items: readonly T[], n: number | null | undefined): readonly T[] {
  return n === undefined || n === null ? items : n <= 0 ? [] : items.slice(-n);
}
