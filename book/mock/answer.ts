/** A chat request and the script → what is to be sent: a reply, or a refusal. Pure but for ids, times and how often each rule has answered. */
import { randomUUID } from "node:crypto";
import type { Refusal } from "./chat.ts";
import type { Model } from "./prices.ts";
import type { Reply } from "./reply.ts";
import type { ChatRequest } from "./request.ts";
import type { Answer, Fault, Message, Script } from "./script.ts";
import { countPrompt, tokenize } from "./tokens.ts";

export type Outcome = { readonly reply: Reply; readonly model: Model } | { readonly refusal: Refusal };

/** play: `player(script)`. */
export function answer(
  script: Script,
  play: (messages: readonly Message[]) => Answer | undefined,
  request: ChatRequest,
): Outcome {
  const model = script.models.find(({ id }) => id === request.model);
  if (model === undefined) return { refusal: unknownModel(request.model, script) };
  const found = play(request.messages);
  if (found === undefined) return { refusal: unscripted(request) };
  const fault = faultOf(found);
  if (fault?.kind === "status") return { refusal: failure(fault) };
  return { model, reply: replyOf(script, request, found, fault) };
}

/** A rule's fault, if this turn still has it. */
function faultOf({ rule: { fault }, turn }: Answer): Fault | undefined {
  const times = fault?.kind === "status" ? (fault.times ?? Infinity) : Infinity;
  return turn < times ? fault : undefined;
}

function replyOf(
  script: Script,
  request: ChatRequest,
  { rule, text }: Answer,
  fault: Fault | undefined,
): Reply {
  const hiddenTokens = Math.min(rule.hiddenTokens ?? 0, request.maxTokens);
  const limit = Math.min(
    request.maxTokens - hiddenTokens,
    fault?.kind === "cut" ? fault.afterTokens : Infinity,
  );
  const all = tokenize(text);
  const tokens = all.slice(0, limit);
  return {
    head: { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model },
    tokens,
    finishReason: tokens.length < all.length ? "length" : "stop",
    usage: {
      promptTokens: countPrompt(request.messages),
      completionTokens: tokens.length + hiddenTokens,
      hiddenTokens,
    },
    pace: rule.pace ?? script.pace,
    ...(fault?.kind === "drop" && { dropAfter: fault.afterTokens }),
  };
}

function unknownModel(id: string, { models }: Script): Refusal {
  const message = `The model '${id}' does not exist; this server has ${models.map((model) => model.id).join(", ")}`;
  return { status: 404, message, type: "invalid_request_error", code: "model_not_found" };
}

/** Only a script without a last rule for everything gets here. */
function unscripted({ messages }: ChatRequest): Refusal {
  const said = JSON.stringify(messages.at(-1)?.content ?? "");
  const message = `mock: want a message that a rule of the script fits, got ${said}; try adding a rule without "when" at the end`;
  return { status: 400, message, type: "invalid_request_error", code: "not_scripted", param: "messages" };
}

function failure({ status, retryAfterSeconds }: Fault & { kind: "status" }): Refusal {
  const isLimit = status === 429;
  return {
    status,
    message: isLimit ? "Rate limit reached, please slow down" : "The server had an error, sorry about that",
    type: isLimit ? "rate_limit_error" : "server_error",
    code: isLimit ? "rate_limit_exceeded" : null,
    ...(retryAfterSeconds !== undefined && { headers: { "retry-after": `${retryAfterSeconds}` } }),
  };
}
