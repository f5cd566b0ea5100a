/** Inputs that every contestant can make for itself: a multiplicative hash of the index, in [−1, 1). Exact in f32. */
export function numbers(n, salt) {
  const out = new Float32Array(n);
  for (let i = 0; i < n; i++) out[i] = (Math.imul(i + salt * 40503, 2654435761) >>> 8) / 2 ** 23 - 1;
  return out;
}

/** Whole numbers in 0 … below − 1. */
export function indices(n, salt, below) {
  return Int32Array.from(numbers(n, salt), (x) => Math.floor(((x + 1) / 2) * below));
}

/** 64 elements spread over an answer, the last one included. */
export function sampled(data) {
  const step = (data.length - 1) / 63;
  return Array.from({ length: 64 }, (_, i) => data[Math.floor(i * step)]);
}
