/**
 * `npm start`: checks the chapters, writes modules and notebooks, runs what changed, exports the site, says where to look.
 * `npm start -- 01 probability` takes these chapters and what they import.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exportSite, runBook } from "../book/index.ts";

const HELP = `npm start [-- [CHAPTER …] [--no-cache] [--no-site]]
  CHAPTER     number or slug (01, linear-algebra): runs it and what it imports; none means all
  --no-cache  runs again what has a stored result
  --no-site   leaves build/site as it is
`;

const OPTIONS = {
  "no-cache": { type: "boolean" },
  "no-site": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

process.exitCode = await start(process.argv.slice(2));

async function start(args: readonly string[]): Promise<number> {
  const asked = parse(args);
  if (typeof asked === "string") {
    process.stderr.write(
      `npm start: want chapters, --no-cache, --no-site or --help, got ${asked}; try npm start -- --help\n`,
    );
    return 1;
  }
  if (asked.values.help) return (process.stdout.write(HELP), 0);
  const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
  const { stdout, stderr } = process;
  const cache = !asked.values["no-cache"];
  const code = await runBook({
    root,
    chapters: asked.positionals,
    cache,
    stdout,
    stderr,
    signal: stopSignal(),
  });
  if (code !== 0) return code;
  const exported = asked.values["no-site"] ? 0 : await exportSite({ root, stdout, stderr });
  stdout.write("\nnotebooks with their outputs: build/notebooks-run/   open them to work in: npm run lab\n");
  if (!asked.values["no-site"])
    stdout.write("the book as a site: build/site/   to read it: npx --no-install below site --serve\n");
  return exported;
}

/** What was asked, or what is wrong with it. */
function parse(args: readonly string[]): ReturnType<typeof read> | string {
  try {
    return read(args);
  } catch (error) {
    return (error as Error).message.split(".")[0];
  }
}

function read(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>> {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

/** Ctrl-C asks the run to end in order; a second one ends it at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  return controller.signal;
}
