/** The body of a chat request → what the mock looks at, or a refusal in the API's words. */
import type { Refusal } from "./chat.ts";
import type { Message } from "./script.ts";

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Most tokens of an answer, hidden ones included. */
  readonly maxTokens: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Throws a Refusal (a plain object) where the body is wrong. */
export function readRequest(body: string): ChatRequest {
  const fields = parse(body);
  const { model, messages, stream = false } = fields;
  if (typeof model !== "string") throw invalid("model", "want a model's id", model);
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid("messages", "want at least one message", messages);
  if (typeof stream !== "boolean") throw invalid("stream", "want true or false", stream);
  const options = fields["stream_options"];
  const maxTokens = fields["max_completion_tokens"] ?? fields["max_tokens"] ?? Infinity;
  if (typeof maxTokens !== "number" || maxTokens < 1)
    throw invalid("max_completion_tokens", "want a number of at least 1", maxTokens);
  return {
    model,
    messages: messages.map(readMessage),
    stream,
    includeUsage: isFields(options) && options["include_usage"] === true,
    maxTokens,
  };
}

function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    if (isFields(value)) return value;
  } catch {
    // Said below, in the API's words.
  }
  throw invalid(null, "want a JSON object as the body", body.slice(0, 40));
}

function readMessage(message: unknown, index: number): Message {
  const at = `messages[${index}]`;
  if (!isFields(message)) throw invalid(at, "want an object", message);
  const { role, content = "" } = message;
  if (typeof role !== "string") throw invalid(`${at}.role`, "want a role", role);
  return { role, content: textOf(content, `${at}.content`) };
}

/** Content is a string, null (an assistant's tool call) or a list of parts, of which only text is read. */
function textOf(content: unknown, at: string): string {
  if (content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw invalid(at, "want a string or a list of parts", content);
  return content
    .map((part: unknown) => (isFields(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function invalid(param: string | null, want: string, got: unknown): Refusal {
  const message = `${param ?? "body"}: ${want}, got ${JSON.stringify(got) ?? "nothing"}`;
  return { status: 400, message, type: "invalid_request_error", code: null, param };
}
