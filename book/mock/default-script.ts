/**
 * The script that `below mock` plays: a shop's assistant that works, until it does not. Each break is one that
 * real products meet; chapter 00 walks through them.
 */
import type { Script } from "./script.ts";

export const defaultScript: Script = {
  models: [
    { id: "below-small", inputPrice: 0.15, outputPrice: 0.6 },
    { id: "below-large", inputPrice: 2.5, outputPrice: 10 },
  ],
  pace: { firstTokenMs: 40, tokensPerSecond: 400 },
  requestsPerMinute: 60,
  rules: [
    // It splits words into tokens and never sees a letter.
    { when: "how many r.*strawberry", say: "There are 2 r's in strawberry." },
    // What it thinks is billed and not shown.
    {
      when: "think|step by step",
      say: "The total is 42 euros, delivery included.",
      hiddenTokens: 240,
    },
    // JSON that ends where the limit is.
    {
      when: "as json",
      say: '{"items": [{"name": "teapot", "count": 2, "price": 18.5}, {"name": "cup", "count": 6, "price": 4}], "total": 61}',
      fault: { kind: "cut", afterTokens: 24 },
    },
    // Overloaded twice, then well.
    {
      when: "busy",
      say: "Back again: your parcel left on Monday.",
      fault: { kind: "status", status: 429, times: 2, retryAfterSeconds: 1 },
    },
    // The connection is lost half way.
    {
      when: "terms and conditions",
      say: "You may return any item within thirty days, unused and in its box, and we pay the postage both ways.",
      fault: { kind: "drop", afterTokens: 12 },
    },
    // Slow enough to be counted by hand.
    {
      when: "slowly|long answer",
      say: "A pot of tea wants water just off the boil, four minutes, and nobody in a hurry.",
      pace: { firstTokenMs: 900, tokensPerSecond: 12 },
    },
    // Confident, fluent and false: the shop has no such policy.
    {
      when: "warranty|guarantee",
      say: "Yes! Every item carries a lifetime warranty, see section 7 of our policy.",
    },
    // It remembers nothing: only what is sent again is heard.
    { when: "what is my name", heard: "my name is (\\p{L}+)", say: "Your name is $1." },
    { when: "what is my name", say: "I do not know your name; you have not told me." },
    {
      when: "^(hi|hello|hey)\\b",
      say: ["Hello! How can I help you today?", "Hello again! What else can I do?"],
    },
    { say: "I can help with orders, parcels and returns." },
  ],
};
