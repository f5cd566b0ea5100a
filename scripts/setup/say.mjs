// @ts-check
/**
 * What set-up tells a person: one line when a long step starts, one when it is done, nothing when nothing happens.
 * To stderr, so that `--json` commands keep stdout clean. Node built-ins only.
 */

const reminderMs = 15_000;

/** @param {string} text */
export function say(text) {
  process.stderr.write(`[set-up] ${text}\n`);
}

/**
 * Says `text…`, runs the step, says how long it took; now and then that it still runs.
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function timed(text, step) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  say(`${text}…`);
  const reminder = setInterval(() => say(`${text}: still at it after ${seconds()}`), reminderMs);
  try {
    const result = await step();
    say(`${text}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}

/** A fault that a person can mend: shown as one line, without a stack. */
export class SetupError extends Error {
  /** @override */
  name = "SetupError";
}
