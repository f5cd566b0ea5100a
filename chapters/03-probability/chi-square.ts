/**
 * How surprising a χ² statistic is: the chance of one at least as large when the expected counts are right.
 * Plumbing of chapter 03's judge; the chapter says what the statistic is. Pure.
 */

/**
 * P(χ² ≥ statistic) with `freedom` degrees of freedom: the regularised upper incomplete gamma function
 * Q(freedom / 2, statistic / 2), by its series below the mean and its continued fraction above.
 * Relative error about 1e-12. Throws RangeError if freedom < 1 or statistic < 0.
 * Source: Abramowitz & Stegun (1964), 6.5.29 and 6.5.31.
 */
export function chiSquareTail(statistic: number, freedom: number): number {
  if (!(freedom >= 1 && statistic >= 0))
    throw new RangeError(
      `chiSquareTail: want freedom ≥ 1 and a statistic ≥ 0, got ${freedom} and ${statistic}`,
    );
  const [a, x] = [freedom / 2, statistic / 2];
  if (x === 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * series(a, x) : front * continuedFraction(a, x);
}

/** Σ xᵏ / (a(a+1)…(a+k)). */
function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** 1/(x+1−a− 1(1−a)/(x+3−a− 2(2−a)/(x+5−a− …))), by Lentz's method. */
function continuedFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < 10_000; k++) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b || tiny);
    c = b + numerator / c || tiny;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

/** log Γ(z) for z > 0: Stirling's series, after Γ(z) = Γ(z+1)/z has brought z above 10. */
function logGamma(z: number): number {
  if (z < 10) return logGamma(z + 1) - Math.log(z);
  const tail = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + tail;
}
