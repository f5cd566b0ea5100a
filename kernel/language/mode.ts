/** What is done about type errors: not looked for, told, or the cell does not run. */
export type Mode = "off" | "warn" | "stop";

export const modes: readonly Mode[] = ["off", "warn", "stop"];

export function isMode(text: string | undefined): text is Mode {
  return (modes as readonly (string | undefined)[]).includes(text);
}

/** What a session begins with: `BELOW_TYPECHECK`, else types are checked and errors stop cells. */
export function firstMode(): Mode {
  const asked = process.env["BELOW_TYPECHECK"];
  return isMode(asked) ? asked : "stop";
}
