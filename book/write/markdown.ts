/**
 * MyST prose → Markdown that reads well in JupyterLab without an extension: equations as $$ with their number,
 * roles as plain text, admonitions as quotes, folded answers as <details>. Loses links, never words.
 */
import { openFence, closes, type Fence } from "../read/fence.ts";
import type { Prose } from "../chapter.ts";

export interface ProseContext {
  /** Equation label → its number in the chapter. */
  readonly equations: ReadonlyMap<string, number>;
  /** Label → heading or caption it names. */
  readonly titles: ReadonlyMap<string, string>;
  /** From notebooks/ to the chapter's folder: "../chapters/01-linear-algebra". */
  readonly folder: string;
}

/** Numbers and names that references need, from the whole chapter's prose. */
export function proseContext(prose: readonly Prose[], folder: string): ProseContext {
  const equations = new Map<string, number>();
  const titles = new Map<string, string>();
  for (const { source } of prose) {
    for (const [, math, dollars] of source.matchAll(
      /^`{3,}\{math\}.*\n(?::\w+:.*\n)*?:label:\s*(\S+)|^\$\$ +\(([^()\s]+)\)/gm,
    )) {
      equations.set(math ?? dollars, equations.size + 1);
    }
    for (const [, label, title] of source.matchAll(/^\(([^()\s]+)\)=\n+#+ +(.+)$/gm))
      titles.set(label, title);
  }
  return { equations, titles, folder };
}

export function toMarkdown(source: string, context: ProseContext): string {
  return tidy(blocks(source.split("\n"), context).join("\n"));
}

function blocks(lines: readonly string[], context: ProseContext): string[] {
  const out: string[] = [];
  let text: string[] = [];
  const endText = (): void => {
    if (text.length > 0) out.push(inline(text.join("\n"), context));
    text = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const fence = openFence(lines[at]);
    if (fence === undefined) {
      const kept = plainLine(lines[at], context);
      if (kept !== undefined) text.push(kept);
      continue;
    }
    endText();
    const end = lines.findIndex((line, index) => index > at && closes(line, fence));
    const last = end < 0 ? lines.length : end;
    out.push(
      ...(fence.directive === ""
        ? lines.slice(at, last + 1)
        : directive(fence, lines.slice(at, last), context)),
    );
    at = last;
  }
  endText();
  return out;
}

/** A line outside fences; undefined for comments and targets, which show nothing. */
function plainLine(line: string, { equations }: ProseContext): string | undefined {
  if (/^%|^\([^()\s]+\)=\s*$/.test(line)) return undefined;
  const label = /^\$\$ +\((?<label>[^()\s]+)\)\s*$/.exec(line)?.groups?.["label"];
  return label === undefined ? line : `\\tag{${equations.get(label)}}\n$$`;
}

/** lines: the opening fence, options, content; the closing fence is cut off. */
function directive(fence: Fence, lines: readonly string[], context: ProseContext): string[] {
  const argument = lines[0].replace(/^[ `~:]*\{[^}]*\}/, "").trim();
  const options = new Map<string, string>();
  let from = 1;
  for (; from < lines.length; from++) {
    const option = /^\s*:(?<name>[\w-]+):\s*(?<value>.*)$/.exec(lines[from])?.groups;
    if (option === undefined) break;
    options.set(option["name"], option["value"]);
  }
  const body = lines.slice(from);
  return ["", ...render(fence.directive, argument, options, body, context), ""];
}

function render(
  name: string,
  argument: string,
  options: ReadonlyMap<string, string>,
  body: readonly string[],
  context: ProseContext,
): string[] {
  const inner = (): string[] => trimLines(blocks(body, context));
  const said = inline(argument, context);
  switch (name) {
    case "math":
      return equation([argument, ...body].join("\n").trim(), options.get("label"), context);
    case "figure":
    case "image":
      return [`![${options.get("alt") ?? ""}](${context.folder}/${argument})`, "", ...inner()];
    case "literalinclude":
      return [`Source: [${argument}](${context.folder}/${argument})`];
    case "code":
    case "code-block":
      return [`\`\`\`${argument}`, ...body, "```"];
    case "dropdown":
      return ["<details>", `<summary>${said}</summary>`, "", ...inner(), "", "</details>"];
    default: {
      const title = said || name.charAt(0).toUpperCase() + name.slice(1);
      return [`**${title}**`, "", ...inner()].map((line) => `> ${line}`.trimEnd());
    }
  }
}

function equation(body: string, label: string | undefined, { equations }: ProseContext): string[] {
  const number = label === undefined ? undefined : equations.get(label);
  return ["$$", body, ...(number === undefined ? [] : [`\\tag{${number}}`]), "$$"];
}

/** Roles and links outside code spans and math. */
function inline(text: string, context: ProseContext): string {
  const pattern =
    /\{(?<role>[a-zA-Z][\w:.-]*)\}(?<ticks>`+)(?<content>(?:[^`]|(?!\k<ticks>)`)+)\k<ticks>|(?<code>`+)(?:[^`]|(?!\k<code>)`)+\k<code>|\$\$[^$]*\$\$|\$[^$\n]*\$|\]\((?<link>[^)\s]+)/g;
  return text.replace(pattern, (whole: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups["role"] !== undefined) return role(groups["role"], groups["content"] ?? "", context);
    return groups["link"] === undefined ? whole : `](${relink(groups["link"], context)}`;
  });
}

function role(name: string, content: string, { equations, titles }: ProseContext): string {
  const [, words, target] = /^(.*?)\s*<([^<>]+)>$/s.exec(content) ?? [undefined, undefined, content];
  switch (name.split(":")[0]) {
    case "eq":
      return `(${equations.get(target) ?? target})`;
    case "ref":
    case "numref":
      return words ?? titles.get(target) ?? (equations.has(target) ? `(${equations.get(target)})` : target);
    case "cite":
      return `[${target}]`;
    case "math":
      return `$${content}$`;
    case "code":
    case "eval":
      return `\`${content}\``;
    case "sub":
      return `<sub>${content}</sub>`;
    case "sup":
      return `<sup>${content}</sup>`;
    default:
      return words ?? content;
  }
}

/** Paths are relative to the chapter in its source, and to notebooks/ here. */
function relink(link: string, { folder }: ProseContext): string {
  return /^(?:[a-z][a-z+.-]*:|#|\/)/i.test(link) ? link : `${folder}/${link.replace(/^\.\//, "")}`;
}

function trimLines(lines: readonly string[]): string[] {
  return tidy(lines.join("\n")).split("\n");
}

/** No blank lines at the ends, and never two where a directive went. */
function tidy(text: string): string {
  return text.replaceAll(/\n{3,}/g, "\n\n").replaceAll(/^\n+|\s+$/g, "");
}
