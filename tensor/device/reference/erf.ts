/**
 * erf(x) = 2/√π · ∫₀ˣ exp(−t²) dt by the series 2/√π · exp(−x²) · Σ 2ⁿx²ⁿ⁺¹/(2n+1)!!,
 * all of whose terms have one sign, so that nothing cancels. Source: NIST DLMF 7.6.2. From |x| = 6 on it is ±1 in doubles.
 */
export function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 2 ** -54; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
