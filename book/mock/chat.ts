/**
 * The API's objects: a chat completion, its chunks, an error. Field names are OpenAI's.
 * Pure: the server adds ids and times. Source: OpenAI API reference, "Chat Completions" (read 2026-11).
 */
import type { Usage } from "./prices.ts";

export type FinishReason = "stop" | "length";

/** What all objects of one answer share. */
export interface Head {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export function completion(head: Head, content: string, finishReason: FinishReason, usage: Usage): object {
  return {
    ...head,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, refusal: null },
        logprobs: null,
        finish_reason: finishReason,
      },
    ],
    usage: usageFields(usage),
  };
}

/** One piece of a streamed answer. The first has the role, the last the reason. */
export function chunk(
  head: Head,
  delta: { readonly role?: "assistant"; readonly content?: string },
  finishReason: FinishReason | null = null,
): object {
  return {
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
}

/** The last piece where the client asked for `stream_options: { include_usage: true }`. */
export function usageChunk(head: Head, usage: Usage): object {
  return { ...head, object: "chat.completion.chunk", choices: [], usage: usageFields(usage) };
}

function usageFields({ promptTokens, completionTokens, hiddenTokens }: Usage): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: hiddenTokens, audio_tokens: 0 },
  };
}

/** An answer that is none. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export function errorBody({ message, type, code, param = null }: Refusal): object {
  return { error: { message, type, param, code } };
}
