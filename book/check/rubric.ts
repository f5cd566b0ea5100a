/**
 * The twelve points of the rubric (docs/book.md), one row a point and chapter. A program can judge some;
 * the rest are null, and `detail` says who judges.
 */
import type { Book, Source } from "../book.ts";
import { cellsOf, type Tag } from "../chapter.ts";
import { importGraph } from "../graph.ts";

export interface Row {
  readonly chapter: string;
  /** 1 to 12. */
  readonly point: number;
  /** null where a person judges, or where no check is written yet. */
  readonly ok: boolean | null;
  readonly detail: string;
}

type Judgement = Pick<Row, "ok" | "detail">;

const PERSON: Judgement = { ok: null, detail: "a person judges" };
const UNWRITTEN: Judgement = { ok: null, detail: "no check yet" };

export function rubric(book: Book, selected: ReadonlySet<string>): readonly Row[] {
  const sources = book.sources.filter(({ chapter }) => selected.has(chapter.slug));
  return sources.flatMap((source) =>
    judge(book, source).map((judgement, index) => ({
      chapter: source.chapter.slug,
      point: index + 1,
      ...judgement,
    })),
  );
}

function judge(book: Book, source: Source): readonly Judgement[] {
  return [
    PERSON,
    PERSON,
    oracles(source),
    PERSON,
    UNWRITTEN,
    failures(source),
    UNWRITTEN,
    UNWRITTEN,
    exercises(source),
    reuse(book, source),
    UNWRITTEN,
    PERSON,
  ];
}

function count({ chapter }: Source, ...tags: readonly Tag[]): number {
  return cellsOf(chapter).filter((cell) => tags.every((tag) => cell.tags.has(tag))).length;
}

/** A chapter without a test cannot have the point; whether a test's judge is independent, a person says. */
function oracles(source: Source): Judgement {
  const tests = count(source, "test");
  const detail = `${tests} test cells, ${source.oracles.size} oracle files`;
  return tests === 0 ? { ok: false, detail } : { ok: null, detail: `${detail}; a person judges` };
}

function failures(source: Source): Judgement {
  const failing = count(source, "fails");
  return { ok: failing > 0, detail: `${failing} cells that fail as described` };
}

/** What can be counted of point 9: an exercise has a solution, visible and hidden tests with points, and a hint. */
function exercises({ chapter }: Source): Judgement {
  const cells = cellsOf(chapter).filter(({ options }) => options["exercise"] !== undefined);
  const names = [...new Set(cells.map(({ options }) => options["exercise"]))];
  const lacking = names.filter((name) => {
    const own = cells.filter(({ options }) => options["exercise"] === name);
    const tests = own.filter(({ tags }) => tags.has("test"));
    const isWhole =
      own.some(({ tags }) => tags.has("solution")) &&
      own.some(({ options }) => options["hint"] !== undefined) &&
      tests.some(({ tags }) => tags.has("hidden")) &&
      tests.some(({ tags }) => !tags.has("hidden")) &&
      tests.every(({ options }) => options["points"] !== undefined);
    return !isWhole;
  });
  const detail = `${names.length} exercises${lacking.length > 0 ? `, incomplete: ${lacking.join(", ")}` : ""}`;
  if (names.length < 3 || lacking.length > 0) return { ok: false, detail };
  return { ok: null, detail: `${detail}; below check --exercises proves stubs, weak solutions and mutants` };
}

/** Forward imports are faults of their own; here: does a later chapter use this one? */
function reuse(book: Book, { chapter }: Source): Judgement {
  const users = [...importGraph(book)]
    .filter(([, imports]) => imports.has(chapter.slug))
    .map(([slug]) => slug);
  if (users.length > 0) return { ok: true, detail: `imported by ${users.join(", ")}` };
  const planned = book.contents.find(({ slug }) => slug === chapter.slug)?.users ?? [];
  return {
    ok: null,
    detail: planned.length > 0 ? `planned users: ${planned.join(", ")}` : "no planned user",
  };
}
