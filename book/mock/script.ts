/**
 * What the mock server says, as data: rules in order, the first that fits a conversation answers it.
 * A script is written in code or read from a JSON file; nothing here runs a model, and nothing pretends to.
 */
import type { Model } from "./prices.ts";

/** One message of a conversation, as the API has it; only text is looked at. */
export interface Message {
  readonly role: string;
  readonly content: string;
}

/** How an answer goes wrong. */
export type Fault =
  /** The first `times` requests (default: all) get this status; `retryAfterSeconds` becomes a header. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly times?: number;
      readonly retryAfterSeconds?: number;
    }
  /** The answer ends after so many tokens, as if the limit had been reached: `finish_reason` is "length". */
  | { readonly kind: "cut"; readonly afterTokens: number }
  /** The connection is lost after so many tokens; a request that is not streamed loses everything. */
  | { readonly kind: "drop"; readonly afterTokens: number };

/** How fast an answer comes. */
export interface Pace {
  /** Time to the first token, in ms. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}

export interface Rule {
  /** Regular expression for the last user message (case does not matter). Left out: any. */
  readonly when?: string;
  /** Regular expression for an earlier user message; `$1` in `say` is its first group. Left out: none is asked for. */
  readonly heard?: string;
  /** The answer; of several the n-th request that fits gets the n-th, and the last one stays. */
  readonly say: string | readonly string[];
  /** Tokens that are billed and not shown, as reasoning is. */
  readonly hiddenTokens?: number;
  readonly fault?: Fault;
  readonly pace?: Pace;
}

export interface Script {
  readonly models: readonly Model[];
  readonly rules: readonly Rule[];
  readonly pace: Pace;
  /** More requests than this in one minute are refused with 429. */
  readonly requestsPerMinute: number;
}

/** A rule that fits, with its answer written out. */
export interface Answer {
  readonly rule: Rule;
  /** How many requests this rule has answered before this one. */
  readonly turn: number;
  readonly text: string;
}

/** Picks answers, and remembers how often each rule has. */
export function player(script: Script): (messages: readonly Message[]) => Answer | undefined {
  const turns = new Map<Rule, number>();
  return (messages) => {
    const asked = messages.filter(({ role }) => role === "user").map(({ content }) => content);
    const rule = script.rules.find((each) => fits(each, asked));
    if (rule === undefined) return undefined;
    const turn = turns.get(rule) ?? 0;
    turns.set(rule, turn + 1);
    return { rule, turn, text: write(rule, turn, asked) };
  };
}

function fits({ when, heard }: Rule, asked: readonly string[]): boolean {
  const last = asked.at(-1) ?? "";
  const isAsked = when === undefined || new RegExp(when, "iu").test(last);
  return isAsked && (heard === undefined || lastHeard(heard, asked) !== undefined);
}

function lastHeard(heard: string, asked: readonly string[]): RegExpExecArray | undefined {
  const matches = asked.slice(0, -1).map((text) => new RegExp(heard, "iu").exec(text));
  return matches.findLast((match) => match !== null) ?? undefined;
}

function write({ say, heard }: Rule, turn: number, asked: readonly string[]): string {
  const text = typeof say === "string" ? say : (say[Math.min(turn, say.length - 1)] ?? "");
  return heard === undefined ? text : text.replaceAll("$1", lastHeard(heard, asked)?.[1] ?? "");
}
