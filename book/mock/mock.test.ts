/** The official client against the mock, unchanged: what chapter 00 promises its reader. */
import OpenAI, { APIConnectionError, AuthenticationError, BadRequestError, RateLimitError } from "openai";
import { afterEach, expect, test } from "vitest";
import { defaultScript, type Mock, type Script, startMock } from "./index.ts";
import { tokenize } from "./tokens.ts";

const fast: Script = { ...defaultScript, pace: { firstTokenMs: 0, tokensPerSecond: 1e6 } };
let mock: Mock | undefined;
afterEach(async () => {
  await mock?.close();
  mock = undefined;
});

async function start(script: Partial<Script> = {}, maxRetries = 0): Promise<OpenAI> {
  mock = await startMock({ script: { ...fast, ...script } });
  return new OpenAI({ baseURL: mock.url, apiKey: mock.key, maxRetries });
}

const ask = (content: string) => ({
  model: "below-small",
  messages: [{ role: "user" as const, content }],
});

test("a question is answered, and its tokens are counted and priced", async () => {
  const client = await start();
  const { choices, usage } = await client.chat.completions.create(ask("Hello"));
  expect(choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } });
  expect(choices[0].message.content).toBe("Hello! How can I help you today?");
  // " can", " I", … by hand: Hell·o·! How can I help you toda·y·? and, for the prompt, 3 + 3 + Hell·o.
  expect(usage).toMatchObject({ prompt_tokens: 8, completion_tokens: 11, total_tokens: 19 });
  expect(mock?.bill).toEqual([
    {
      model: "below-small",
      status: 200,
      usage: { promptTokens: 8, completionTokens: 11, hiddenTokens: 0 },
      cost: (8 * 0.15 + 11 * 0.6) / 1e6,
    },
  ]);
});

test("a streamed answer is the whole one in pieces, with its usage at the end if asked for", async () => {
  const client = await start();
  const stream = await client.chat.completions.create({
    ...ask("anything"),
    stream: true,
    stream_options: { include_usage: true },
  });
  const pieces: string[] = [];
  let total: number | undefined;
  for await (const { choices, usage } of stream) {
    pieces.push(choices[0]?.delta.content ?? "");
    total = usage?.total_tokens ?? total;
  }
  const whole = await client.chat.completions.create(ask("anything"));
  expect(pieces.length).toBeGreaterThan(8);
  expect(pieces.join("")).toBe(whole.choices[0].message.content);
  expect(total).toBe(whole.usage?.total_tokens);
});

test("the client's own retries outlast a scripted 429, and its error says what the server said", async () => {
  const flaky = (times: number): Partial<Script> => ({
    rules: [{ say: "well again", fault: { kind: "status", status: 429, times, retryAfterSeconds: 0 } }],
  });
  const patient = await start(flaky(2), 2);
  expect((await patient.chat.completions.create(ask("busy"))).choices[0].message.content).toBe("well again");
  expect(mock?.bill.map(({ status }) => status)).toEqual([429, 429, 200]);
  await mock?.close();
  const hasty = await start(flaky(1));
  const error = await hasty.chat.completions.create(ask("busy")).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
});

test("more requests than a minute has room for are refused, with the time to wait", async () => {
  const client = await start({ requestsPerMinute: 2 });
  await client.chat.completions.create(ask("one"));
  await client.chat.completions.create(ask("two"));
  const error = await client.chat.completions.create(ask("three")).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(Number((error as RateLimitError).headers?.get("retry-after"))).toBeGreaterThan(50);
});

test("an answer that is cut says so and is not JSON any more", async () => {
  const client = await start();
  const { choices } = await client.chat.completions.create(ask("my order as JSON"));
  expect(choices[0].finish_reason).toBe("length");
  expect(() => JSON.parse(choices[0].message.content ?? "") as unknown).toThrow(SyntaxError);
});

test("max_completion_tokens cuts any answer, after what is hidden", async () => {
  const client = await start();
  const { choices, usage } = await client.chat.completions.create({
    ...ask("think about it"),
    max_completion_tokens: 242,
  });
  expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "The tota" } });
  expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(240);
  expect(usage?.completion_tokens).toBe(242);
});

test("a lost connection is the client's connection error, streamed or not", async () => {
  const client = await start();
  const request = ask("the terms and conditions");
  await expect(client.chat.completions.create(request)).rejects.toThrow(APIConnectionError);
  const received: string[] = [];
  const read = async (): Promise<void> => {
    const stream = await client.chat.completions.create({ ...request, stream: true });
    for await (const { choices } of stream) received.push(choices[0]?.delta.content ?? "");
  };
  await expect(read()).rejects.toThrow();
  // A reader whose connection breaks may lose what it had not read yet: a beginning is all there is.
  const sent = tokenize("You may return any item within thirty days,").slice(0, 12).join("");
  expect(received.length).toBeGreaterThan(1);
  expect(sent.startsWith(received.join(""))).toBe(true);
});

test("it remembers nothing that is not sent again", async () => {
  const client = await start();
  const user = (content: string) => ({ role: "user" as const, content });
  const say = async (...messages: ReturnType<typeof user>[]): Promise<string | null> =>
    (await client.chat.completions.create({ model: "below-small", messages })).choices[0].message.content;
  await say(user("My name is Ada"));
  expect(await say(user("What is my name?"))).toBe("I do not know your name; you have not told me.");
  expect(await say(user("My name is Ada"), user("What is my name?"))).toBe("Your name is Ada.");
});

test("a wrong key, an unknown model, a body that is none: each is the client's own kind of error", async () => {
  const client = await start();
  const stranger = new OpenAI({ baseURL: mock?.url ?? "", apiKey: "sk-other", maxRetries: 0 });
  await expect(stranger.models.list()).rejects.toThrow(AuthenticationError);
  await expect(client.chat.completions.create({ ...ask("x"), model: "gpt" })).rejects.toThrow(
    /below-small, below-large/,
  );
  await expect(client.chat.completions.create({ model: "below-small", messages: [] })).rejects.toThrow(
    BadRequestError,
  );
  const response = await fetch(`${mock?.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${mock?.key}` },
    body: "not JSON",
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: expect.objectContaining({ message: 'body: want a JSON object as the body, got "not JSON"' }) },
  ]);
});

test("the models and their prices can be read", async () => {
  const client = await start();
  const ids = (await client.models.list()).data.map(({ id }) => id);
  expect(ids).toEqual(["below-small", "below-large"]);
});

test("a client that leaves is not written to any more, and the server closes", async () => {
  const client = await start({ pace: { firstTokenMs: 0, tokensPerSecond: 1 } });
  const stream = await client.chat.completions.create({ ...ask("anything"), stream: true });
  for await (const _ of stream) break;
  await mock?.close();
  mock = undefined;
});
