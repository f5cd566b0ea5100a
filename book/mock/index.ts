/** A local server that speaks OpenAI's chat API with scripted answers. */
export { defaultScript } from "./default-script.ts";
export { costOf, type Model, type Usage } from "./prices.ts";
export { readScript } from "./read-script.ts";
export type { Fault, Message, Pace, Rule, Script } from "./script.ts";
export { type Billed, type Mock, type MockOptions, startMock } from "./server.ts";
export { countPrompt, tokenize } from "./tokens.ts";
