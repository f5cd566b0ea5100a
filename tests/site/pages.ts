/** The exported files as a set of pages and the addresses in them. Reads text; knows nothing of how it was written. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { filesUnder } from "../../book/write/files.ts";

export interface SitePage {
  /** "linear-algebra/index.html" */
  readonly file: string;
  readonly html: string;
  readonly ids: ReadonlySet<string>;
}

export function readPages(folder: string): readonly SitePage[] {
  const files = filesUnder(folder).filter((file) => file.endsWith(".html"));
  return files.map((file) => {
    const html = readFileSync(join(folder, file), "utf8");
    return { file, html, ids: new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => decode(id))) };
  });
}

/** Every address that a page names, as it is written. */
export function addressesOf(html: string): readonly string[] {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, address]) => decode(address));
}

/** What is wrong with an address of a page; undefined if a reader gets where it says. */
export function brokenAddress(
  folder: string,
  pages: readonly SitePage[],
  from: SitePage,
  address: string,
): string | undefined {
  if (/^(?:https:\/\/[a-z0-9.-]+\.[a-z]{2,}\/|data:image\/)/.test(address)) return undefined;
  if (/^[a-z][a-z+.-]*:|^\/|^\?/.test(address)) return "want https://, or a place in the site";
  const [path, hash] = address.split("#");
  const place = posix.normalize(posix.join(posix.dirname(from.file), path));
  if (place.startsWith("..")) return "leads out of the site";
  const file =
    path === ""
      ? from.file
      : place === "." || place === "./"
        ? "index.html"
        : place.endsWith("/")
          ? `${place}index.html`
          : place;
  const page = pages.find((each) => each.file === file);
  if (page === undefined) return filesUnder(folder).includes(file) ? undefined : `no file ${file}`;
  return hash === undefined || hash === "" || page.ids.has(decodeURIComponent(hash))
    ? undefined
    : `no id ${hash}`;
}

function decode(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
