/** Pages → the files of a search index (Pagefind: static, no server, no other origin), all in memory. */
import { close, createIndex } from "pagefind";

/** pages: id → HTML as it is served. Returns path below the site → bytes. */
export async function indexPages(
  pages: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  try {
    const { index, errors } = await createIndex({ forceLanguage: "en" });
    if (index === undefined) throw new Error(`site: want a search index, got ${errors.join("; ")}`);
    for (const [id, content] of pages) {
      const added = await index.addHTMLFile({ url: id === "index" ? "/" : `/${id}/`, content });
      if (added.errors.length > 0)
        throw new Error(`site: want ${id} in the search index, got ${added.errors.join("; ")}`);
    }
    const { files } = await index.getFiles();
    return new Map(files.map(({ path, content }) => [`pagefind/${path}`, content]));
  } finally {
    await close();
  }
}
