/**
 * Complex numbers, as far as chapter 02's judge needs them: real part and imaginary part, each a double.
 * Plumbing that the prose does not teach; pure.
 */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export const complex = (re: number, im = 0): Complex => ({ re, im });

export const plus = (a: Complex, b: Complex): Complex => complex(a.re + b.re, a.im + b.im);

export const times = (a: Complex, b: Complex): Complex =>
  complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);

export function over(a: Complex, b: Complex): Complex {
  const size = b.re ** 2 + b.im ** 2;
  return complex((a.re * b.re + a.im * b.im) / size, (a.im * b.re - a.re * b.im) / size);
}

export const exp = (z: Complex): Complex =>
  complex(Math.exp(z.re) * Math.cos(z.im), Math.exp(z.re) * Math.sin(z.im));

export const sin = (z: Complex): Complex =>
  complex(Math.sin(z.re) * Math.cosh(z.im), Math.cos(z.re) * Math.sinh(z.im));

export const cos = (z: Complex): Complex =>
  complex(Math.cos(z.re) * Math.cosh(z.im), -Math.sin(z.re) * Math.sinh(z.im));

/** The root with positive real part. z.re > 0. */
export function sqrt(z: Complex): Complex {
  const re = Math.sqrt((Math.hypot(z.re, z.im) + z.re) / 2);
  return complex(re, z.im / (2 * re));
}
