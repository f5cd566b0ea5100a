/** The parts of the book (docs/book.md): where a part begins. The sidebar and the contents page are cut so. */
export interface Part {
  readonly title: string;
  /** Number of its first chapter. */
  readonly from: number;
}

export const PARTS: readonly Part[] = [
  { title: "Opening", from: 0 },
  { title: "Four pillars", from: 1 },
  { title: "From a neuron to training", from: 5 },
  { title: "Language becomes numbers", from: 10 },
  { title: "The transformer", from: 13 },
  { title: "Pretraining", from: 19 },
  { title: "Adaptation and alignment", from: 26 },
  { title: "Serving", from: 33 },
  { title: "Context", from: 38 },
  { title: "Agents", from: 44 },
];

/** Things with a number, by part; parts without any are left out. */
export function byPart<T extends { readonly number: number }>(
  items: readonly T[],
): readonly (Part & { readonly items: readonly T[] })[] {
  return PARTS.map((part, index) => ({
    ...part,
    items: items.filter(({ number }) => number >= part.from && number < (PARTS[index + 1]?.from ?? Infinity)),
  })).filter(({ items }) => items.length > 0);
}
