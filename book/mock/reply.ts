/**
 * An answer → bytes on a response, whole or as server-sent events, at its pace and with its faults.
 * Knows HTTP responses and a clock, and nothing of rules or keys.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import {
  chunk,
  completion,
  errorBody,
  type FinishReason,
  type Head,
  type Refusal,
  usageChunk,
} from "./chat.ts";
import type { Usage } from "./prices.ts";
import type { Pace } from "./script.ts";

/** All that is to be sent. */
export interface Reply {
  readonly head: Head;
  readonly tokens: readonly string[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly pace: Pace;
  /** The connection is lost after so many tokens. */
  readonly dropAfter?: number;
}

export function refuse(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(refusal.status, { "content-type": "application/json", ...refusal.headers });
  response.end(JSON.stringify(errorBody(refusal)));
}

/** One JSON object, after the time the whole answer takes. */
export async function replyWhole(response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> {
  const { head, tokens, finishReason, usage, dropAfter } = reply;
  const count = dropAfter ?? tokens.length + usage.hiddenTokens;
  await sleep(timeOf(reply.pace, count), undefined, { signal });
  if (dropAfter !== undefined) return void response.destroy();
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(completion(head, tokens.join(""), finishReason, usage)));
}

/** Events: the role, the tokens one by one, the reason, the usage if asked for, `[DONE]`. */
export async function replyStream(
  response: ServerResponse,
  reply: Reply,
  includeUsage: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { head, tokens, pace, dropAfter = Infinity } = reply;
  // Sent when it resolves: a connection that is dropped on purpose has given away what came before.
  const send = (event: object): Promise<void> =>
    new Promise((resolve) => response.write(`data: ${JSON.stringify(event)}\n\n`, () => resolve()));
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  await send(chunk(head, { role: "assistant", content: "" }));
  const start = performance.now();
  for (const [index, content] of tokens.entries()) {
    if (index >= dropAfter) return void response.destroy();
    // Against the start, so that late timers do not add up.
    const due = start + timeOf(pace, reply.usage.hiddenTokens + index);
    await sleep(Math.max(0, due - performance.now()), undefined, { signal });
    await send(chunk(head, { content }));
  }
  await send(chunk(head, {}, reply.finishReason));
  if (includeUsage) await send(usageChunk(head, reply.usage));
  response.end("data: [DONE]\n\n");
}

/** When the token after `count` others is due, in ms. */
function timeOf({ firstTokenMs, tokensPerSecond }: Pace, count: number): number {
  return firstTokenMs + (1000 * count) / tokensPerSecond;
}
