/** Answers of features.py, a list a kernel → the table of README.md. Pure. */

export interface Answer {
  readonly promise: string;
  /** "yes", "no" or "–"; of the promise "version", the kernel's name and version. */
  readonly answer: string;
  readonly seen: string;
}
export type Answers = Readonly<Record<"below" | "ipykernel" | "deno" | "tslab", readonly Answer[]>>;

/** A cell of ours that updates a display, for the probe of that name. */
export const ourUpdate = "const line = display(1);\nline.update(2);";

/** Characters of what a probe saw. */
const longest = 60;

/** Where each promise of ours is tested further. */
const tests: Readonly<Record<string, string>> = {
  "type errors stop a cell before it runs": "tests/wire/language.test.ts",
  "an error is Jupyter's `error` message and names the cell's line": "tests/lab/lab.test.ts",
  "a result is an `execute_result`, as plain text": "tests/wire/execute.test.ts",
  "completion of a typed member": "tests/wire/language.test.ts",
  "completion of a live object's keys": "tests/wire/language.test.ts",
  inspection: "tests/wire/language.test.ts",
  history: "kernel/session/history.test.ts",
  "`is_complete` tells complete, incomplete and invalid": "kernel/evaluate/complete.test.ts",
  user_expressions: "tests/wire/execute.test.ts",
  "a cell asks the reader (stdin)": "tests/lab/display.test.ts",
  "comms from the front end": "tests/wire/conformance.test.ts",
  "a display is updated in place": "tests/wire/outputs.test.ts",
  "records are shown as a table": "kernel/display/table.test.ts",
  "the text of a huge object is bounded": "kernel/display/inspect.test.ts",
  "an async generator is shown while it comes": "tests/lab/display.test.ts",
  subshells: "tests/wire/conformance.test.ts",
  "heartbeat while a cell is busy": "tests/wire/transport.test.ts",
  "control channel while a cell is busy": "tests/wire/transport.test.ts",
  "interrupt of an endless loop keeps the state": "tests/wire/interrupts.test.ts",
  "interrupt of a loop after an `await` keeps the state": "tests/wire/interrupts.test.ts",
};

/** One row a promise: our answer and the peers', each with what the probe saw where it is no plain yes, and our further test. */
export function featureTable(answers: Answers): string {
  const names = ["below", "ipykernel", "deno", "tslab"] as const;
  const rows = answers.below.filter(({ promise }) => promise !== "version").map(({ promise }) => promise);
  const cells = rows.map((promise) => [
    promise,
    ...names.map((name) => cell(answers[name].find((answer) => answer.promise === promise))),
    tests[promise] ? `[${tests[promise].split("/").slice(-1)[0]}](${tests[promise]})` : "",
  ]);
  const header = ["feature", "below", "ipykernel", "Deno", "tslab", "ours also in"];
  return [header, header.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cell(answer: Answer | undefined): string {
  if (!answer) return "not asked";
  if (answer.answer === "yes") return "yes";
  const seen = answer.seen.replace(/\s+/g, " ").replaceAll("|", "¦").trim();
  return `${answer.answer}: \`${seen.length > longest ? `${seen.slice(0, longest)}…` : seen}\``;
}

const [start, end] = ["<!-- features: written by tests/compat/record.ts -->", "<!-- /features -->"];

/** `text` with `table` between the two marks. Throws where the marks are missing. */
export function withTable(text: string, table: string): string {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md: want the marks ${start} and ${end}, got none`);
  return `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/** What stands between the marks, without its padding. */
export function tableIn(text: string): string {
  return text.slice(text.indexOf(start) + start.length, text.indexOf(end)).trim();
}
