/**
 * How the mock counts: a token is up to four letters, up to three digits, or one other character, with one space before it.
 * Near the four characters a token that English has in real vocabularies, and simple enough to count by hand; chapter 10 builds the real thing.
 */
const TOKEN = / ?\p{L}{1,4}| ?\p{N}{1,3}| ?[^\p{L}\p{N}]/gsu;

/** Tokens around each message for its role and its borders. */
const MESSAGE_TOKENS = 3;

/** The text in pieces; joined they are the text again. */
export function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** What a conversation costs as a prompt, in tokens: every message of it, every time it is sent. */
export function countPrompt(messages: readonly { readonly content: string }[]): number {
  return messages.reduce(
    (sum, { content }) => sum + MESSAGE_TOKENS + tokenize(content).length,
    MESSAGE_TOKENS,
  );
}
