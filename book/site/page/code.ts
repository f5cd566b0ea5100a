/**
 * Source → HTML with a class for each kind of token; the theme gives the classes their colours, light and dark.
 * By Shiki, with TextMate grammars, so that a page looks as the code does in an editor.
 */
import { createCssVariablesTheme, createHighlighter } from "shiki";
import { escapeHtml } from "./escape.ts";

export type Highlight = (source: string, language: string) => string;

const LANGUAGES = ["typescript", "javascript", "json", "shellscript", "python", "wgsl", "markdown", "html"];
const ALIASES: Readonly<Record<string, string>> = {
  ts: "typescript",
  js: "javascript",
  sh: "shellscript",
  bash: "shellscript",
  md: "markdown",
  py: "python",
};

const theme = createCssVariablesTheme({ name: "below", variablePrefix: "--code-", fontStyle: false });

/** Ready once the grammars are read; then a plain function. */
export async function openHighlighter(): Promise<Highlight> {
  const shiki = await createHighlighter({ themes: [theme], langs: LANGUAGES });
  return (source, language) => {
    const lang = ALIASES[language] ?? language;
    if (!LANGUAGES.includes(lang)) return escapeHtml(source);
    // Without a limit of time: on a busy machine half a line would come out plain, and no two builds alike.
    const options = { lang: lang as "typescript", theme: "below", tokenizeTimeLimit: 0 };
    const { tokens } = shiki.codeToTokens(source, options);
    return tokens.map((line) => line.map(({ content, color }) => span(content, color)).join("")).join("\n");
  };
}

/** `var(--code-token-keyword)` is the class `t-keyword`; plain ink needs none. */
function span(content: string, color: string | undefined): string {
  const kind = /^var\(--code-token-(?<kind>[\w-]+)\)$/.exec(color ?? "")?.groups?.["kind"];
  const text = escapeHtml(content);
  return kind === undefined || content.trim() === "" ? text : `<span class="t-${kind}">${text}</span>`;
}
