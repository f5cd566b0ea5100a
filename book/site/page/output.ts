/** One stored output of a cell → HTML. Pictures become files with a text alternative; HTML is made safe. */
import { stripVTControlCharacters } from "node:util";
import type { Cell } from "../../chapter.ts";
import { hashOf } from "../../store.ts";
import { pageModule } from "../../../kernel/display/widget/page.ts";
import type { Output, WidgetModel } from "../../write/notebook.ts";
import { BASE, type PageContext } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import { mathml } from "./math.ts";
import { modelOf } from "./outputs.ts";
import { type Bundle, bundleOf, chooseKind, type Kind, textOf } from "./mime.ts";
import { parseText } from "./myst.ts";
import { children } from "./prose.ts";
import { safeHtml } from "./sanitize.ts";

export function outputHtml(output: Output, cell: Cell, page: PageContext): string {
  switch (output.output_type) {
    case "stream":
      return pre(textOf(output["text"]), output["name"] === "stderr" ? "output stderr" : "output");
    case "error":
      return errorHtml(output);
    default:
      return drivable(bundleHtml(bundleOf(output), cell, page), modelOf(output), page);
  }
}

/**
 * A figure that computes all by itself is alive in the page: its script puts it where its picture is, and without scripts the picture stays.
 * One that needs a kernel is its picture.
 */
function drivable(html: string, model: WidgetModel | undefined, page: PageContext): string {
  if (model?.state["_needs_kernel"] !== false || (model.buffers?.length ?? 0) > 0) return html;
  const { _module, _css, _description, ...others } = model.state;
  const own = Object.entries(others).filter(([key]) => !key.startsWith("_"));
  const state = JSON.stringify({ _module, _css, _description, ...Object.fromEntries(own) });
  const script = `figures/drivable.${hashOf(pageModule).slice(0, 16)}.js`;
  page.assets.set(script, Buffer.from(pageModule).toString("base64"));
  const json = `<script type="application/json">${state.replaceAll("<", "\\u003c")}</script>`;
  const load = `<script type="module" src="${BASE}${script}"></script>`; // a module is run once, however often it is named
  return html
    .replace(/<img [^>]*>/, (img) => `<div data-widget>${img}${json}</div>`)
    .replace(/\n$/, () => `${load}\n`);
}

function pre(text: string, kind: string): string {
  const shown = stripVTControlCharacters(text).replace(/\n$/, "");
  return shown === "" ? "" : `<pre class="${kind}" tabindex="0"><samp>${escapeHtml(shown)}</samp></pre>\n`;
}

function errorHtml(output: Output): string {
  const trace = ((output["traceback"] ?? []) as readonly string[]).join("\n");
  const [name, message] = [textOf(output["ename"] ?? "Error"), textOf(output["evalue"] ?? "")].map(
    escapeHtml,
  );
  const where = stripVTControlCharacters(trace).split("\n").slice(1).join("\n");
  const details = where === "" ? "" : `<details><summary>Where</summary>${pre(where, "trace")}</details>`;
  return `<div class="output error"><p><strong>${name}</strong>: ${message}</p>${details}</div>\n`;
}

function bundleHtml(bundle: Bundle, cell: Cell, page: PageContext): string {
  const kind = chooseKind(bundle);
  if (kind === undefined) return "";
  const text = textOf(bundle[kind]);
  switch (kind) {
    case "text/html":
      return `<div class="output html" tabindex="0">${safeHtml(text)}</div>\n`;
    case "text/markdown":
      return `<div class="output html">${children(parseText(text), page)}</div>\n`;
    case "text/latex":
      return latexHtml(text);
    case "application/json":
      return pre(JSON.stringify(bundle[kind], null, 2), "output");
    case "text/plain":
      return pre(text, "output");
    default:
      return pictureHtml(kind, text, bundle, cell, page);
  }
}

function latexHtml(text: string): string {
  const tex = text.trim().replace(/^\$\$?|\$?\$$/g, "");
  try {
    return `<div class="equation"><div class="formula" tabindex="0">${mathml(tex, true)}</div></div>\n`;
  } catch {
    return pre(text, "output"); // the author sees the TeX that could not be set; the cell itself ran
  }
}

const EXTENSIONS: Partial<Record<Kind, string>> = {
  "image/svg+xml": "svg",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
};

/** Without words for those who cannot see it a picture is a fault, not a page. */
function pictureHtml(kind: Kind, text: string, bundle: Bundle, cell: Cell, page: PageContext): string {
  const isSvg = kind === "image/svg+xml";
  const [title, description] = isSvg ? [svgPart(text, "title"), svgPart(text, "desc")] : ["", ""];
  const alt = alternative(bundle, title, description);
  if (alt === "") {
    page.faults.push({
      file: page.source.chapter.file,
      line: cell.line,
      column: 1,
      who: "figure",
      want: "a text alternative",
      got: "none",
      hint: "a text/plain beside the picture, or a <title> in the SVG",
    });
  }
  const path = `figures/${page.source.chapter.slug}/${hashOf(text).slice(0, 16)}.${EXTENSIONS[kind]}`;
  page.assets.set(
    path,
    isSvg ? Buffer.from(standalone(text)).toString("base64") : text.replaceAll(/\s/g, ""),
  );
  const size = isSvg ? svgSize(text) : "";
  const number = page.numbers.get(cell) ?? "";
  const words = title || description;
  const caption = words === "" ? "" : ` ${escapeHtml(words)}`;
  return `<figure class="figure"><img src="${BASE}${path}" alt="${escapeHtml(alt)}"${size} loading="lazy"><figcaption><strong>Figure ${number}.</strong>${caption}</figcaption></figure>\n`;
}

/** text/plain that only repeats the picture's source says nothing. */
function alternative(bundle: Bundle, title: string, description: string): string {
  const plain = textOf(bundle["text/plain"] ?? "").trim();
  if (plain !== "" && !plain.startsWith("<")) return plain;
  return [title, description].filter(Boolean).join(". ");
}

function svgPart(svg: string, tag: string): string {
  const found = new RegExp(`<${tag}[^>]*>([^<]*)</${tag}>`).exec(svg)?.[1] ?? "";
  return found
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .trim();
}

/** As an image of its own an SVG needs its name space. */
function standalone(svg: string): string {
  return /<svg[^>]*\sxmlns=/.test(svg) ? svg : svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
}

/** So that the page does not jump when the picture comes. */
function svgSize(svg: string): string {
  const open = /<svg[^>]*>/.exec(svg)?.[0] ?? "";
  const [width, height] = ["width", "height"].map(
    (name) => new RegExp(`\\s${name}="(\\d+(?:\\.\\d+)?)(?:px)?"`).exec(open)?.[1],
  );
  return width === undefined || height === undefined
    ? ""
    : ` width="${Math.round(Number(width))}" height="${Math.round(Number(height))}"`;
}
