/**
 * What is known of the name at a cursor: its type and comment, or within a call's brackets the signature; and its value now.
 * Code and cursor in (code points), Markdown and plain text out.
 */
import { inTime } from "./check.ts";
import type { Asker } from "./complete.ts";
import { chainUpTo, valueOf, type LiveValue } from "./live.ts";
import { draftPosition, fromCodePoints } from "./offsets.ts";
import type { Signatures } from "./server.ts";

const typedMs = 3000;
/** What TypeScript says of a name that it does not know. */
const unknown = "```typescript\nany\n```";

/** `detail`: also the value's or the function's own text. Undefined if nothing is known. */
export async function inspect(
  asker: Asker,
  code: string,
  cursor: number,
  detail: boolean,
): Promise<{ readonly "text/markdown": string; readonly "text/plain": string } | undefined> {
  const offset = fromCodePoints(code, cursor);
  const at = touchesName(code, offset) ? offset : undefined;
  const typed = at === undefined ? await signatureAt(asker, code, offset) : await hoverAt(asker, code, at);
  const chain = at === undefined ? undefined : chainUpTo(code, at);
  const value = chain === undefined ? undefined : await valueOf(asker.peek, chain);
  const parts = [typed ?? (value && code3(`${chain}: ${value.type}`)), value && now(value, detail)];
  const markdown = parts.filter((part) => part !== undefined && part !== "").join("\n\n");
  return markdown === "" ? undefined : { "text/markdown": markdown, "text/plain": plain(markdown) };
}

function touchesName(code: string, offset: number): boolean {
  const isName = (text: string): boolean => /[\p{ID_Continue}$]/u.test(text);
  return (
    isName(code.slice(offset, offset + 2)[0] ?? "") || isName(code.slice(Math.max(0, offset - 1), offset))
  );
}

async function hoverAt({ documents }: Asker, code: string, offset: number): Promise<string | undefined> {
  // At the end of a name TypeScript already sees what follows it.
  const inside = /[\p{ID_Continue}$]/u.test(code.slice(offset, offset + 1)) ? offset : offset - 1;
  const asked = documents.askDraft<{ contents: { value: string } } | null>("textDocument/hover", code, {
    position: draftPosition(code, inside),
  });
  const hover = await inTime(asked, typedMs).catch(() => undefined); // no server: the value is still shown
  const text = hover?.contents.value
    .replace(/^\(alias\) /gm, "") // of earlier cells' names
    .replace(/^import (?:type )?\w+\n/gm, "")
    .trim();
  return text === unknown ? undefined : text;
}

async function signatureAt({ documents }: Asker, code: string, offset: number): Promise<string | undefined> {
  const asked = documents.askDraft<Signatures | null>("textDocument/signatureHelp", code, {
    position: draftPosition(code, offset),
  });
  const help = await inTime(asked, typedMs).catch(() => undefined);
  const signature = help?.signatures[help.activeSignature ?? 0];
  if (!help || !signature) return undefined;
  const parameter = signature.parameters?.[help.activeParameter ?? 0];
  const label = typeof parameter?.label === "string" ? parameter.label : undefined;
  const comment = textOf(parameter?.documentation);
  const others = help.signatures.length - 1;
  return [
    code3(signature.label),
    label && `**${label}**${comment === "" ? "" : `: ${comment}`}`,
    textOf(signature.documentation),
    others > 0 ? `${others} more signature${others > 1 ? "s" : ""}` : "",
  ]
    .filter((part) => part !== undefined && part !== "")
    .join("\n\n");
}

function now({ type, short, long }: LiveValue, detail: boolean): string | undefined {
  if (type === "function") return detail ? code3(long) : undefined;
  const text = detail ? long : short;
  return text === "" ? undefined : code3(`= ${text}`);
}

function textOf(documentation: string | { readonly value: string } | undefined): string {
  return typeof documentation === "string" ? documentation : (documentation?.value ?? "");
}

function code3(text: string): string {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}

function plain(markdown: string): string {
  return markdown
    .replace(/^```\w*\n/gm, "")
    .replace(/\n```$/gm, "")
    .replace(/\*(@\w+)\*/g, "$1")
    .replace(/\*\*([^*]+)\*\*/g, "$1")
    .replace(/\n{2,}/g, "\n");
}
