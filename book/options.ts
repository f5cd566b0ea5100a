/** What the book's three commands take. */
import type { Writable } from "node:stream";
import type { KernelClient } from "./run/client.ts";

export interface BookOptions {
  /** Folder that holds chapters/, datasets/, notebooks/ and build/. */
  readonly root: string;
  /** Numbers or slugs ("01", "1", "linear-algebra"); what these import is taken too. Left out or empty: all. */
  readonly chapters?: readonly string[] | undefined;
  /** A terminal gets a progress line that rewrites itself, anything else one line a chapter. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

export interface CheckOptions extends BookOptions {
  /** Print one JSON array of rubric rows `{ chapter, point, ok, detail }` instead of a summary. */
  readonly json?: boolean;
}

export interface RunOptions extends BookOptions {
  /** false: run every chapter again and store the fresh results. Default true. */
  readonly cache?: boolean;
  /** Longest time for one cell, default 10 minutes. */
  readonly timeoutMs?: number;
  /** Gives a started kernel for the next chapter; left out: one is started when its chapter begins. */
  readonly startKernel?: (root: string) => Promise<KernelClient>;
  /** Aborting interrupts the kernel, shuts it down and returns 130. */
  readonly signal?: AbortSignal;
}
