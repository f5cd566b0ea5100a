/** The YAML between the two `---` lines: who the chapter is. */
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { Fault } from "../fault.ts";

export interface FrontMatter {
  readonly number?: number;
  readonly slug?: string;
  readonly title?: string;
  /** 0-based line where the body starts; 0 where there is no closing `---`. */
  readonly bodyFrom: number;
  readonly faults: readonly Fault[];
}

export function readFrontMatter(file: string, lines: readonly string[]): FrontMatter {
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === "---");
  if (lines[0]?.trimEnd() !== "---" || end < 0) return { bodyFrom: 0, faults: [noFrontMatter(file, lines)] };
  const counter = new LineCounter();
  const document = parseDocument(lines.slice(1, end).join("\n"), { lineCounter: counter });
  const at = (offset: number): { file: string; line: number; column: number } => {
    const { line, col } = counter.linePos(offset);
    return { file, line: line + 1, column: col };
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    const got = problem.message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "");
    const fault = { ...at(problem.pos[0]), who: "front matter", want: "YAML", got };
    return { bodyFrom: end + 1, faults: [fault] };
  }
  const map = isMap(document.contents) ? document.contents : undefined;
  return { ...readFields(file, map, at), bodyFrom: end + 1 };
}

type At = (offset: number) => { file: string; line: number; column: number };

function readFields(file: string, map: YAMLMap | undefined, at: At): Omit<FrontMatter, "bodyFrom"> {
  const faults: Fault[] = [];
  const field = (name: string, want: string, good: (value: unknown) => boolean): unknown => {
    const pair = map?.items.find((item) => isScalar(item.key) && item.key.value === name);
    const node = pair?.value;
    const value = isScalar(node) ? node.value : undefined;
    if (good(value)) return value;
    const where = isScalar(node) && node.range ? at(node.range[0]) : { file, line: 1, column: 1 };
    const got = pair === undefined ? "none" : JSON.stringify(value ?? null);
    faults.push({ ...where, who: name, want, got, hint: `a line "${name}: …" in the front matter` });
    return undefined;
  };
  const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";
  const title = field("title", "the chapter's question", isText) as string | undefined;
  const number = field("chapter", "a number from 0", isCount) as number | undefined;
  const slug = field("slug", "lower-case words joined by -", isSlug) as string | undefined;
  return { faults, ...(title && { title }), ...(number !== undefined && { number }), ...(slug && { slug }) };
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isSlug(value: unknown): boolean {
  return typeof value === "string" && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);
}

function noFrontMatter(file: string, lines: readonly string[]): Fault {
  const opened = lines[0]?.trimEnd() === "---";
  const want = opened ? "front matter that ends with a line ---" : "front matter that starts with a line ---";
  const got = opened ? "the end of the file" : JSON.stringify(lines[0] ?? "");
  return {
    file,
    line: 1,
    column: 1,
    who: "front matter",
    want,
    got,
    hint: "copying that of another chapter",
  };
}
