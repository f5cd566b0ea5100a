import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";

test("the kernel is measured as a table, seven rounds, unless told otherwise", () => {
  expect(readArguments(["kernel"])).toEqual({ subject: "kernel", json: false, rounds: 7 });
  expect(readArguments(["kernel", "--json", "--rounds", "3"])).toEqual({
    subject: "kernel",
    json: true,
    rounds: 3,
  });
});

test.each([
  [["tensor"], 'bench: "tensor" is not built yet; try npm run bench -- kernel'],
  [
    ["krnel"],
    'want one subject of kernel (tensor, site, class, serve, gpu: not built yet), got "krnel"; try',
  ],
  [[], "want one subject of kernel (tensor, site, class, serve, gpu: not built yet), got none; try"],
  [["kernel", "tensor"], 'got "kernel tensor"; try'],
  [["kernel", "--rounds", "many"], 'want --rounds to be a whole number from 1, got "many"; try'],
  [["kernel", "--jsn"], "bench: Unknown option '--jsn'; try"],
])("%j is refused in one line that says what to try", (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
  expect(() => readArguments(args)).toThrow(/^[^\n]*$/);
});
