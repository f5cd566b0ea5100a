/** `below doctor [--json]`: prints the findings of examine.ts; exit code 0 when `npm start` can work. */
import { type Finding, examine } from "./examine.ts";

const marks: Record<Finding["state"], string> = { ok: "✓", wrong: "✗", absent: "–" };

/** Throws TypeError for a wrong command line. */
export async function doctor(root: string, args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== "--json");
  if (unknown)
    throw new TypeError(`below doctor: want --json or nothing, got ${unknown}; try below doctor --help`);
  const findings = await examine(root);
  process.stdout.write(
    args.includes("--json") ? `${JSON.stringify(findings, undefined, 2)}\n` : findings.map(line).join(""),
  );
  return findings.some(({ state }) => state === "wrong") ? 1 : 0;
}

const line = ({ what, state, detail, remedy }: Finding): string =>
  `${marks[state]} ${what}: ${detail}${remedy === undefined ? "" : `; try ${remedy}`}\n`;
