/**
 * Shell + content → a page that works in any folder: the body at its mark, the table of contents in the places
 * that Starlight left for it, every address relative. Pure text.
 */
import { BASE, type Heading } from "./page/context.ts";
import { escapeHtml } from "./page/escape.ts";

const BODY = "<!--below:body-->";

/** id: "index", "linear-algebra": says how deep the page lies. */
export function fillPage(shell: string, id: string, html: string, headings: readonly Heading[]): string {
  if (!shell.includes(BODY)) throw new Error(`bug: the shell of ${id} has no place for its content`);
  const filled = fillContents(shell, headings).replace(BODY, () => html);
  return filled.replaceAll(BASE, id === "index" ? "./" : "../".repeat(id.split("/").length));
}

/** Starlight lists one entry, "Overview"; the others are made after its pattern. */
function fillContents(shell: string, headings: readonly Heading[]): string {
  const pattern =
    /(?<list><ul[^>]*>)(?<item><li[^>]*>)(?<link><a href="#_top"[^>]*>)(?<words><span[^>]*>)Overview<\/span>(?<mark>[\s\S]*?)<\/a><\/li><\/ul>/g;
  return shell.replace(pattern, (whole: string, ...rest: unknown[]) => {
    const parts = rest.at(-1) as Record<"list" | "item" | "link" | "words" | "mark", string>;
    const entry = ({ id, text, depth }: Heading, inner: string): string => {
      const level = (html: string): string => html.replaceAll("--depth: 0;", `--depth: ${depth - 2};`);
      const link = parts.link.replace("#_top", () => `#${escapeHtml(id)}`);
      return `${level(`${parts.item}${link}${parts.words}`)}${escapeHtml(text)}</span>${parts.mark}</a>${inner}</li>`;
    };
    const nested = (html: string): string =>
      html === "" ? "" : `${parts.list.replace("--depth: 0;", "--depth: 1;")}${html}</ul>`;
    const items = sections(headings).map(([head, subs]) =>
      entry(head, nested(subs.map((sub) => entry(sub, "")).join(""))),
    );
    return whole.replace("</li></ul>", () => `</li>${items.join("")}</ul>`);
  });
}

/** Headings of depth 2, each with those of depth 3 below it; deeper ones are not listed. */
function sections(headings: readonly Heading[]): readonly (readonly [Heading, readonly Heading[]])[] {
  const found: [Heading, Heading[]][] = [];
  for (const heading of headings) {
    if (heading.depth === 2) found.push([heading, []]);
    else if (heading.depth === 3) found.at(-1)?.[1].push(heading);
  }
  return found;
}

/** A script or style sheet of the shell, which lies in _astro/: its addresses become relative to itself. */
export function relocate(name: string, text: string): string {
  if (name.endsWith(".css")) return text.replaceAll(`${BASE}_astro/`, "./").replaceAll(BASE, "../");
  if (!name.endsWith(".js")) return text;
  return text.replaceAll(/([`"'])\/__below__\/\1/g, '(new URL("../",import.meta.url).pathname)');
}
