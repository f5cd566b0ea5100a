/**
 * What tslab's and Deno's documented display calls send on ours, against transcripts of the real kernels (record.ts).
 * The same messages in the same order, with the same data and the same displays. Ours may add a text/plain alternative where
 * theirs sent none: a client that shows text only would else see nothing.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scenario } from "../wire/scenario.ts";

interface Sent {
  readonly type: string;
  readonly content: { readonly data?: Readonly<Record<string, unknown>> };
}
interface Call {
  readonly promise: string;
  readonly status: string;
  readonly messages: readonly Sent[];
}

describe.each(["tslab", "deno"])("%s's calls", (name) => {
  const calls = JSON.parse(
    readFileSync(new URL(`./transcripts/${name}.json`, import.meta.url), "utf8"),
  ) as readonly Call[];
  const facts = scenario("../compat/walk.py", name, "ours");

  test.for(calls)("$promise", (call, context) => {
    const { status, messages } = facts(context, call.promise) as unknown as Call;
    expect({ status, messages: messages.map((message, i) => alike(message, call.messages[i])) }).toEqual({
      status: call.status,
      messages: call.messages,
    });
  });
});

test("the transcripts hold every call, and none failed where it was recorded", () => {
  const scripts = JSON.parse(readFileSync(new URL("./calls.json", import.meta.url), "utf8")) as Record<
    string,
    { calls: readonly { what: string }[] }
  >;
  for (const [name, { calls }] of Object.entries(scripts)) {
    const recorded = JSON.parse(
      readFileSync(new URL(`./transcripts/${name}.json`, import.meta.url), "utf8"),
    ) as readonly Call[];
    expect(recorded.map(({ promise }) => promise)).toEqual(calls.map(({ what }) => what));
    expect(recorded.filter(({ status, messages }) => status !== "ok" || messages.some(({ type }) => type === "error"))).toEqual([]); // prettier-ignore
    expect(recorded.every(({ messages }) => messages.length > 0)).toBe(true);
  }
});

/** Our message without a text/plain that the recorded one has not. */
function alike(ours: Sent, theirs: Sent | undefined): Sent {
  const { data } = ours.content;
  if (!data || !theirs?.content.data || "text/plain" in theirs.content.data) return ours;
  const { "text/plain": _, ...rest } = data;
  return Object.keys(rest).length > 0 ? { ...ours, content: { ...ours.content, data: rest } } : ours;
}
