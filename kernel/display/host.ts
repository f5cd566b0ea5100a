/**
 * The one hook through which `below/display` reaches whoever shows things: the kernel, or a page.
 * A host registers itself on globalThis, so that every copy of this module (also an edited one) finds the same.
 */
import type { MimeBundle } from "./bundle.ts";
import type { CommMessage } from "./comm.ts";

/** What a front end is asked to do beside showing outputs: show a page, or write the next cell. */
export type Payload =
  | { readonly source: "page"; readonly data: MimeBundle; readonly start: number }
  | { readonly source: "set_next_input"; readonly text: string; readonly replace: boolean };

/** As Plotly's own JSON has it; all data read. */
export interface PlotlyFigure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface DisplayHost {
  /** Any value as text; never throws. */
  inspect(value: unknown): string;
  publish(display: {
    data: MimeBundle;
    metadata: Record<string, unknown>;
    displayId?: string;
    update?: boolean;
  }): void;
  clear(wait: boolean): void;
  /** Asks the reader and waits. Throws when the front end takes no questions. */
  prompt(question: string, password: boolean): string;
  /** Sends a comm's message to the front end. */
  comm(message: CommMessage): void;
  payload(payload: Payload): void;
  /** Keeps the cell open until `work` is done, and reports its failure. */
  waitFor(work: Promise<void>): void;
  /** Runs `work` as no part of the cell or callback that asks for it: an interrupt does not end it, and it shows things for nobody. */
  readonly outside?: <Result>(work: () => Result) => Result;
  /** Whether somebody watches: a bar is then redrawn while it moves, else only its last line is shown. Default: true. */
  readonly isLive?: boolean;
  /** Draws a figure as the bytes of a PNG; undefined where this machine cannot. */
  readonly drawPlotly?: (figure: PlotlyFigure) => Promise<Uint8Array | undefined>;
}

const { Reflect } = globalThis; // as it is now: a cell may declare a name over it
const hook = Symbol.for("below.host");
let displays = 0; // only to tell displays apart

export function setHost(host: DisplayHost): void {
  Reflect.set(globalThis, hook, host);
}

/** undefined in a plain script or a test. */
export function findHost(): DisplayHost | undefined {
  return Reflect.get(globalThis, hook) as DisplayHost | undefined;
}

/** A display id that no other output of this notebook has, also not one that an earlier kernel left in it. */
export function newDisplayId(): string {
  return `below-${Date.now().toString(36)}-${(++displays).toString(36)}`;
}
