/**
 * TypeScript for the session: what happens to a cell before it runs, and what front ends ask about its text.
 * The one door to this folder. Behind it nothing is loaded until it is needed: a kernel's start does not wait for it.
 */
import { pathToFileURL } from "node:url";
import type { Failure, Outcome } from "../host/port.ts";
import type { MimeBundle } from "../display/bundle.ts";
import type { Completeness } from "../evaluate/index.ts";
import type { Completion } from "./complete.ts";
import type { Peek } from "./live.ts";
import { firstMode } from "./mode.ts";
import type { LanguageServer } from "./server.ts";
import type { LanguageSession } from "./session.ts";
import type { Variable } from "./variables.ts";

export interface LanguageHost {
  /** The notebook's folder. */
  readonly folder: string;
  readonly peek: Peek;
}

/** A cell that is about to run. */
export interface Cell {
  readonly source: string;
  /** `cell-3.ts`: what errors call it. */
  readonly file: string;
  /** Aborted when the reader interrupts. */
  readonly signal: AbortSignal;
  readonly say: (stream: "stdout" | "stderr", text: string) => void;
  /** As display data. */
  readonly show: (data: MimeBundle) => void;
}

export type Prepared =
  /** Run this in the cell's place; its lines and columns are the cell's. */
  | { readonly kind: "ready"; readonly source: string }
  /** The cell must not run. */
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "stopped" };

export interface Language {
  /** Called when the kernel has said hello: starts what takes time. */
  start(): void;
  /** Whether a cell can run as it stands, because there is nothing to obey and nothing to check; then `prepare` is not called. */
  admits(file: string, source: string): boolean;
  /** Awaited just before a cell runs. */
  prepare(cell: Cell): Promise<Prepared>;
  /** Called when a cell has ended, before its client is told: it says what the cell asked for (`%time`). */
  ended(file: string): void;
  /** Called after that: later cells know the names of one that was `ready`. */
  ran(file: string, outcome: Outcome["kind"]): void;
  /** cursor: code points. */
  complete(code: string, cursor: number): Promise<Completion>;
  inspect(
    code: string,
    cursor: number,
    detail: boolean,
  ): Promise<{ readonly "text/markdown": string; readonly "text/plain": string } | undefined>;
  isComplete(code: string): Promise<Completeness>;
  /** What earlier cells have declared, as it stands now; also while a cell runs. */
  variables(): Promise<readonly Variable[]>;
  dispose(): void;
}

export function createLanguage(host: LanguageHost): Language {
  let loading: Promise<LanguageSession> | undefined;
  let loaded: LanguageSession | undefined;
  const load = async (): Promise<LanguageSession> => {
    const server = firstMode() === "off" ? undefined : await startServer(host.folder);
    const { LanguageSession } = await import("./session.ts");
    loaded = new LanguageSession(host, server);
    return loaded;
  };
  const session = (): Promise<LanguageSession> => (loading ??= load());
  return {
    start: () => void session().then((each) => each.start()),
    admits: (file, source) => loaded?.admits(file, source) ?? false,
    prepare: async (cell) => {
      try {
        return await (await session()).prepare(cell);
      } catch (error) {
        // A cell runs whatever is wrong with us, and says so.
        cell.say("stderr", `bug: typecheck: ${String(error)}; ${cell.file} ran unchecked\n`);
        return { kind: "ready", source: cell.source };
      }
    },
    ended: (file) => loaded?.ended(file),
    ran: (file, outcome) => loaded?.ran(file, outcome),
    complete: async (code, cursor) => (await session()).complete(code, cursor),
    inspect: async (code, cursor, detail) => (await session()).inspect(code, cursor, detail),
    isComplete: async (code) => (await session()).isComplete(code),
    variables: async () => (await session()).variables(),
    dispose: () => loaded?.dispose(),
  };
}

/** Before all else, so that it loads while the rest does. If it cannot be started, the first check tries again and says why. */
async function startServer(folder: string): Promise<LanguageServer | undefined> {
  const { LanguageServer } = await import("./server.ts");
  try {
    return new LanguageServer(folder, pathToFileURL(folder).href);
  } catch {
    return undefined;
  }
}
