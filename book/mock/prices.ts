/** What the mock's models cost. Invented, in the proportions of real price lists: output dearer than input. */

/** A model the mock offers. Prices in US dollars for a million tokens. */
export interface Model {
  readonly id: string;
  readonly inputPrice: number;
  readonly outputPrice: number;
}

/** Tokens of one request. */
export interface Usage {
  readonly promptTokens: number;
  /** Shown and hidden ones. */
  readonly completionTokens: number;
  readonly hiddenTokens: number;
}

/** US dollars for one request. */
export function costOf(model: Model, { promptTokens, completionTokens }: Usage): number {
  return (promptTokens * model.inputPrice + completionTokens * model.outputPrice) / 1e6;
}
