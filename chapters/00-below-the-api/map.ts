/**
 * The map of the book: what stands below a chat API, one box a layer, and the chapters that build it.
 * `boxMap` is pure; `chaptersRun` looks at what this build has run.
 */
import { readdirSync } from "node:fs";

/** A layer, and the first and last chapter that build it. */
interface Box {
  readonly name: string;
  readonly chapters: readonly [first: number, last: number];
  /** Column and row, from 0. */
  readonly at: readonly [column: number, row: number];
}

const boxes: readonly Box[] = [
  { name: "product and its safety", chapters: [49, 52], at: [0, 0] },
  { name: "agent: tools, loop, harness", chapters: [44, 48], at: [1, 0] },
  { name: "context: search, memory", chapters: [40, 43], at: [2, 0] },
  { name: "is it any good?", chapters: [38, 39], at: [3, 0] },
  { name: "one server, many users", chapters: [33, 37], at: [0, 2] },
  { name: "next token, KV cache", chapters: [16, 18], at: [1, 2] },
  { name: "transformer", chapters: [13, 15], at: [2, 2] },
  { name: "tokens and embeddings", chapters: [10, 12], at: [3, 2] },
  { name: "autocomplete to assistant", chapters: [26, 32], at: [0, 3] },
  { name: "pretraining", chapters: [19, 25], at: [1, 3] },
  { name: "gradients and training", chapters: [5, 9], at: [2, 3] },
  { name: "mathematics", chapters: [1, 4], at: [3, 3] },
];

const [width, height, gap] = [190, 62, 10];

/** What a notebook shows: the SVG, or the sentence that says the same. */
export interface Drawing {
  readonly svg: string;
  readonly alt: string;
}

/** run: numbers of the chapters that a reader's own build has run. A box is filled by the share of its chapters. */
export function boxMap(run: ReadonlySet<number>): Drawing {
  const earned = boxes.map((box) => ({ box, share: shareOf(box, run) }));
  const alt = `The book as twelve boxes, four above the API and eight below it. ${sentence(earned)}`;
  const [wide, high] = [4 * (width + gap) + gap, 4 * (height + gap) + gap];
  const line = `<rect x="${gap}" y="${height + 2 * gap}" width="${wide - 2 * gap}" height="${height}" rx="6" fill="#222"/>${words(wide / 2, height + 2 * gap + 37, "POST /v1/chat/completions: all that most people see", "#fff", 15)}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img" font-family="system-ui, sans-serif"><title>What stands below the API</title><rect width="100%" height="100%" fill="#fff"/>${line}${earned.map(draw).join("")}</svg>`;
  const bundle = { "image/svg+xml": svg, "text/plain": alt };
  return Object.defineProperty({ svg, alt }, Symbol.for("Jupyter.display"), { value: () => bundle });
}

function shareOf({ chapters: [first, last] }: Box, run: ReadonlySet<number>): number {
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return numbers.filter((number) => run.has(number)).length / numbers.length;
}

function sentence(earned: readonly { readonly box: Box; readonly share: number }[]): string {
  const begun = earned.filter(({ share }) => share > 0);
  if (begun.length === 0) return "None is yours yet.";
  return `Yours so far: ${begun.map(({ box, share }) => `${box.name} (${Math.round(share * 100)} %)`).join(", ")}.`;
}

function draw({ box, share }: { readonly box: Box; readonly share: number }): string {
  const [x, y] = [gap + box.at[0] * (width + gap), gap + box.at[1] * (height + gap)];
  const { chapters: numbers, name } = box;
  const label = numbers.map((number) => String(number).padStart(2, "0")).join("–");
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#f4f4f2" stroke="#333"/><rect x="${x}" y="${y}" width="${width * share}" height="${height}" rx="6" fill="#bfe3c9" stroke="${share > 0 ? "#333" : "none"}"/>${words(x + width / 2, y + 27, name, "#111", 12.5)}${words(x + width / 2, y + 47, label, "#444", 12)}</g>`;
}

function words(x: number, y: number, text: string, colour: string, size: number): string {
  return `<text x="${x}" y="${y}" text-anchor="middle" font-size="${size}" fill="${colour}">${text}</text>`;
}

/** Numbers of the chapters that `npm start` has run in this copy of the book; none where it has not. */
export function chaptersRun(): ReadonlySet<number> {
  const folder = new URL("../build/notebooks-run/", import.meta.resolve("below/tensor"));
  try {
    return new Set(
      readdirSync(folder)
        .filter((name) => /^\d\d-.*\.ipynb$/.test(name))
        .map((name) => Number(name.slice(0, 2))),
    );
  } catch {
    return new Set(); // nothing has run here
  }
}
