/** Whether a contestant's answer is right: against NumPy in float64, PyTorch's losses, or arithmetic. Asks NumPy once a task. */
import oracle from "../gpt/oracle.json" with { type: "json" };
import { Contestant, type Start } from "./contestant.ts";
import { nameOf, type Task } from "./tasks.ts";

export class Judge {
  readonly #start: Start;
  readonly #known = new Map<string, readonly number[]>();
  #numpy: Contestant | undefined;

  constructor(start: Start) {
    this.#start = start;
  }

  /** Throws RangeError for a wrong answer. */
  async check(task: Task, got: readonly number[]): Promise<void> {
    const want = await this.#right(task);
    // f32 sums of 2048 terms; AdamW's first steps, which divide small gradients by their own size.
    const tolerance = task.kind === "train" ? 2e-4 : 2e-5;
    const scale = Math.max(...want.map(Math.abs));
    const at = want.findIndex((x, i) => !(Math.abs(got[i] - x) <= tolerance * scale));
    if (at >= 0 || got.length !== want.length)
      throw new RangeError(
        `a wrong answer: want ${want[Math.max(0, at)]} at ${at} of the sample, got ${got[Math.max(0, at)]}`,
      );
  }
  dispose(): void {
    this.#numpy?.dispose();
  }

  async #right(task: Task): Promise<readonly number[]> {
    if (task.kind === "train") return oracle[task.config].losses.slice(0, 4);
    if (task.kind === "replay") return [task.programs];
    if (task.kind === "read") return [1];
    const known = this.#known.get(nameOf(task)) ?? (await this.#ask(task));
    this.#known.set(nameOf(task), known);
    return known;
  }

  async #ask(task: Task): Promise<readonly number[]> {
    this.#numpy ??= new Contestant(this.#start);
    await this.#numpy.prepare(task);
    return this.#numpy.sample();
  }
}
