/**
 * What the kernel relies on in `tsc --lsp --stdio`, which is undocumented: this fails first when a new TypeScript differs.
 * Judge: the real server.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectDocuments, uriOf } from "./project.ts";
import { LanguageServer, ServerGone, type CompletionItem, type Diagnostic } from "./server.ts";

const folder = mkdtempSync(join(tmpdir(), "below-lsp-"));
let server: LanguageServer;
let last = 0;

async function open(text: string): Promise<string> {
  const uri = uriOf(folder, `cell-${++last}.ts`);
  await server.notify("textDocument/didOpen", {
    textDocument: { uri, languageId: "typescript", version: 1, text },
  });
  return uri;
}
async function codesOf(uri: string): Promise<number[]> {
  const { items } = await server.request<{ items: Diagnostic[] }>("textDocument/diagnostic", {
    textDocument: { uri },
  });
  return items.filter(({ severity }) => severity === 1).map(({ code }) => code);
}

beforeAll(async () => {
  server = new LanguageServer(folder, pathToFileURL(folder).href);
  for (const { uri, text, languageId } of projectDocuments(folder))
    await server.notify("textDocument/didOpen", { textDocument: { uri, languageId, version: 1, text } });
});
afterAll(() => {
  server.dispose();
  rmSync(folder, { recursive: true });
});

test("a tsconfig and cells that are on no disk are one project: options, types of Node, names of cells, no DOM", async () => {
  expect(
    await codesOf(
      await open("const n: number = 'x'; Buffer.from('x'); display(1); await 1; let u = null; u.x;"),
    ),
  ).toEqual([2322, 18047]);
  expect(await codesOf(await open("document"))).toEqual([2584]);
});

test("a cell sees what another exports, and a later text of a file on disk once it is told of it", async () => {
  await open("export let a = 1;");
  expect(
    await codesOf(await open(`declare let a: typeof import("./cell-${last}.below.ts").a; a = 'x'`)),
  ).toEqual([2322]);
  const file = join(folder, "local.ts");
  writeFileSync(file, "export const value: number = 1;\n");
  const uri = await open("import { value } from './local.ts'; value.length");
  expect(await codesOf(uri)).toEqual([2339]);
  writeFileSync(file, "export const value: string = 'x';\n");
  await server.notify("workspace/didChangeWatchedFiles", {
    changes: [{ uri: pathToFileURL(file).href, type: 2 }],
  });
  expect(await codesOf(uri)).toEqual([]);
});

test("completion gives members with kinds, details on request, and nothing that would need an import", async () => {
  const uri = await open("const o = { apple: 1 };\no.");
  const { items } = await server.request<{ items: CompletionItem[] }>("textDocument/completion", {
    textDocument: { uri },
    position: { line: 1, character: 2 },
  });
  expect(items.map(({ label, kind }) => [label, kind])).toEqual([["apple", 5]]);
  expect(await server.request("completionItem/resolve", items[0])).toMatchObject({
    detail: "(property) apple: number",
  });
  const names = await server.request<{ items: CompletionItem[] }>("textDocument/completion", {
    textDocument: { uri: await open("readFileSy") },
    position: { line: 0, character: 10 },
  });
  expect(names.items.map(({ label }) => label)).not.toContain("readFileSync");
});

test("a server that was ended refuses what it is asked, and what it was asked", async () => {
  const other = new LanguageServer(folder, pathToFileURL(folder).href);
  const asked = other.request("textDocument/diagnostic", { textDocument: { uri: uriOf(folder, "none.ts") } });
  other.dispose();
  await expect(asked).rejects.toThrow(ServerGone);
  await expect(other.request("shutdown", {})).rejects.toThrow(ServerGone);
  expect(await other.ended).toBe("SIGKILL");
});
