import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";

test("a subject is measured as a table, seven rounds, on two threads and on one, unless told otherwise", () => {
  const usual = { json: false, rounds: 7, threads: [2, 1], withTorch: false };
  expect(readArguments(["kernel"])).toEqual({ ...usual, subject: "kernel" });
  expect(readArguments(["tensor", "--json", "--rounds", "3", "--threads", "4", "--with-torch"])).toEqual({
    subject: "tensor",
    json: true,
    rounds: 3,
    threads: [4],
    withTorch: true,
  });
});

test.each([
  [["class"], 'bench: "class" is not built yet; try npm run bench -- kernel'],
  [
    ["krnel"],
    'want one subject of kernel, tensor, gpu, site, figures (class, serve: not built yet), got "krnel"; try',
  ],
  [[], "want one subject of kernel, tensor, gpu, site, figures (class, serve: not built yet), got none; try"],
  [["kernel", "tensor"], 'got "kernel tensor"; try'],
  [["kernel", "--rounds", "many"], 'want --rounds to be a whole number from 1, got "many"; try'],
  [["kernel", "--jsn"], "bench: Unknown option '--jsn'; try"],
])("%j is refused in one line that says what to try", (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
  expect(() => readArguments(args)).toThrow(/^[^\n]*$/);
});
