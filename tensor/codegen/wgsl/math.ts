/**
 * Functions of one element in WGSL. WGSL lets a driver assume that there is no NaN and no infinity, round a division twice, and take numbers
 * below 2⁻¹²⁶ for 0; so what must be exact (comparisons, signs, rounding to a dtype, random bits) is done on the bits, as integers, and what
 * is rounded is written out here with additions and multiplications, which every driver rounds alike.
 * Errors, measured in math.test.ts: exp, tanh 2.5 ulp, erf 3.5, log, log1p, expm1, sin, cos, pow 3; below 2⁻¹²⁶ results may be 0.
 */

/** A function's text, and those it calls. */
export interface LibraryFunction {
  readonly text: string;
  readonly needs: readonly string[];
}

const define = (text: string, ...needs: string[]): LibraryFunction => ({ text, needs });

/** Sum of c[i]·xⁱ by Horner's rule. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients
    .slice(0, -1)
    .reduceRight((sum, c) => `(${literal(c)} + ${x} * ${sum})`, literal(coefficients.at(-1)!));
}

/** A finite f32 as WGSL writes it. */
export function literal(x: number): string {
  const text = String(Math.fround(x));
  return x < 0 ? `(${text}f)` : `${text}f`;
}

/** 2/π in binary after the point, as words, behind one word of zeros. Source: Payne and Hanek (1983); digits from DLMF's 1/π. */
const twoOverPi =
  "0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu";

export const library: Readonly<Record<string, LibraryFunction>> = {
  // A constant expression may hold no infinity: this one is not constant, so far as the compiler knows.
  of_bits: define(`var<private> nothing: u32 = 0u;
fn of_bits(bits: u32) -> f32 { return bitcast<f32>(bits ^ nothing); }`),
  // A sum that no compiler may take apart and put together otherwise: it cannot see what comes out here.
  kept: define(`fn kept(x: f32) -> f32 { return of_bits(bitcast<u32>(x)); }`, "of_bits"),
  is_nan: define(`fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`),
  is_infinite: define(
    `fn is_infinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
  ),
  // Numbers in their order, as integers; both zeros are 0.
  order_of: define(`fn order_of(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return select(bits, i32(-2147483648) - bits, bits < 0);
}`),
  equal_f: define(
    `fn equal_f(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && order_of(a) == order_of(b); }`,
    "is_nan",
    "order_of",
  ),
  less_f: define(
    `fn less_f(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && order_of(a) < order_of(b); }`,
    "is_nan",
    "order_of",
  ),
  less_equal_f: define(
    `fn less_equal_f(a: f32, b: f32) -> bool { return !is_nan(a) && !is_nan(b) && order_of(a) <= order_of(b); }`,
    "is_nan",
    "order_of",
  ),
  maximum_f: define(
    `fn maximum_f(a: f32, b: f32) -> f32 {
  return select(select(b, a, order_of(a) >= order_of(b)), select(b, a, is_nan(a)), is_nan(a) || is_nan(b));
}`,
    "is_nan",
    "order_of",
  ),
  minimum_f: define(
    `fn minimum_f(a: f32, b: f32) -> f32 {
  return select(select(b, a, order_of(a) <= order_of(b)), select(b, a, is_nan(a)), is_nan(a) || is_nan(b));
}`,
    "is_nan",
    "order_of",
  ),
  neg_f: define(`fn neg_f(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }`),
  abs_f: define(`fn abs_f(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }`),
  with_sign: define(
    `fn with_sign(size: f32, x: f32) -> f32 { return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(x) & 0x80000000u)); }`,
  ),
  sign_f: define(
    `fn sign_f(x: f32) -> f32 {
  return select(with_sign(1f, x), x, is_nan(x) || (bitcast<u32>(x) & 0x7fffffffu) == 0u);
}`,
    "with_sign",
    "is_nan",
  ),
  // What is so small that a driver takes it for 0 has a floor and a ceiling all the same.
  floor_f: define(
    `fn floor_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return select(floor(x), -1f, bits > 0x80000000u && bits < 0x80800000u);
}`,
  ),
  ceil_f: define(
    `fn ceil_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  return select(ceil(x), 1f, bits > 0u && bits < 0x00800000u);
}`,
  ),
  sqrt_f: define(
    `fn sqrt_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits < 0x00800000u) { return sqrt(2f * f32(bits)) * 2.6469779601696886e-23f; }
  return select(sqrt(x), of_bits(0x7fc00000u), bits > 0x80000000u && !is_nan(x));
}`,
    "of_bits",
    "is_nan",
  ),
  // By 0: a driver that knows no infinity may say anything.
  div_f: define(
    `fn div_f(a: f32, b: f32) -> f32 {
  if ((bitcast<u32>(b) & 0x7fffffffu) != 0u) { return a / b; }
  if (is_nan(a) || (bitcast<u32>(a) & 0x7fffffffu) == 0u) { return of_bits(0x7fc00000u); }
  return of_bits(((bitcast<u32>(a) ^ bitcast<u32>(b)) & 0x80000000u) | 0x7f800000u);
}`,
    "of_bits",
    "is_nan",
  ),
  // x·2ⁿ in two steps, each a power of two that there is.
  scaled: define(`fn scaled(x: f32, n: i32) -> f32 {
  let half = n / 2;
  return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(n - half + 127) << 23u);
}`),
  exp_f: define(
    `fn exp_f(x: f32) -> f32 {
  let y = clamp(x, -87.4f, 89f);
  let n = round(y * 1.4426950408889634f);
  let r = kept(y - n * 0.693359375f) + n * 2.1219444e-4f;
  let p = ${polynomial("r", [2, 2, 1, 2 * 0.1666651964187622, 2 * 0.04166840761899948, 2 * 0.00836889911442995, 2 * 0.0013814219273626804])};
  return select(p * bitcast<f32>(u32(i32(n) + 126) << 23u), x, is_nan(x));
}`,
    "is_nan",
    "kept",
  ),
  expm1_f: define(
    `fn expm1_f(x: f32) -> f32 {
  if (is_nan(x) || x > 88f) { return exp_f(x); }
  let y = max(x, -30f);
  let n = round(y * 1.4426950408889634f);
  let r = kept(y - n * 0.693359375f) + n * 2.1219444e-4f;
  let e = r + r * r * ${polynomial("r", [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040])};
  let s = bitcast<f32>(u32(i32(n) + 127) << 23u);
  return select(s * e + (s - 1f), x, abs(x) < 1e-7f);
}`,
    "exp_f",
    "is_nan",
    "kept",
  ),
  tanh_f: define(
    `fn tanh_f(x: f32) -> f32 {
  let z = x * x;
  let p = ${polynomial("z", [-0.33333298563957214, 0.13331924378871918, -0.053783826529979706, 0.02079596370458603, -0.005895150359719992])};
  let size = abs_f(x);
  let large = 1f - 2f / (exp_f(min(size + size, 60f)) + 1f);
  return select(select(with_sign(large, x), x + (z * x) * p, size < 0.6f), x, is_nan(x));
}`,
    "exp_f",
    "abs_f",
    "with_sign",
    "is_nan",
  ),
  erf_f: define(
    `fn erf_f(x: f32) -> f32 {
  let z = x * x;
  let p = ${polynomial("z", [1.1283791065216064, -0.3761262595653534, 0.1128358542919159, -0.026853810995817184, 0.005188327748328447, -0.0008010192541405559, 7.853857823647559e-5])};
  let size = min(abs_f(x), 4f);
  let q = ${polynomial("size", [-0.0002447135921102017, -1.1274750232696533, -0.6375170350074768, -0.10364032536745071, 0.022087642922997475, -0.003008537460118532, 0.00019242607231717557])};
  return select(select(with_sign(1f - exp_f(q), x), x * p, size < 1f), x, is_nan(x));
}`,
    "exp_f",
    "abs_f",
    "with_sign",
    "is_nan",
  ),
  // x = 2ᵉ·m with m in √½ … √2; log m from s = (m − 1)/(m + 1). Source: fdlibm's e_logf.c and s_log1pf.c.
  log_of: define(
    `fn log_of(bits: u32, exponent: i32, small: f32) -> f32 {
  let d = bitcast<i32>(bits - 0x3f3504f3u) >> 23u;
  let f = bitcast<f32>(bits - (bitcast<u32>(d) << 23u)) - 1f;
  let e = f32(exponent + d);
  let s = f / (2f + f);
  let z = s * s;
  let w = z * z;
  let rest = w * (0.40000972152f + w * 0.24279078841f) + z * (0.66666662693f + w * 0.28498786688f);
  let half = 0.5f * f * f;
  return (((s * (half + rest) + (e * 9.0580006145e-06f + small)) - half) + f) + e * 6.9313812256e-01f;
}`,
  ),
  log_f: define(
    `fn log_f(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (is_nan(x) || bits == 0x7f800000u) { return x; }
  if ((bits & 0x7fffffffu) == 0u) { return of_bits(0xff800000u); }
  if (bits > 0x80000000u) { return of_bits(0x7fc00000u); }
  if (bits < 0x00800000u) { return log_of(bitcast<u32>(f32(bits)), -149, 0f); }
  return log_of(bits, 0, 0f);
}`,
    "log_of",
    "of_bits",
    "is_nan",
  ),
  log1p_f: define(
    `fn log1p_f(x: f32) -> f32 {
  if (is_nan(x) || bitcast<u32>(x) == 0x7f800000u || abs_f(x) < 5.9604645e-8f) { return x; }
  if (x == -1f) { return of_bits(0xff800000u); }
  if (x < -1f) { return of_bits(0x7fc00000u); }
  let u = kept(1f + x);
  // What 1 + x lost. Where nothing is taken off the exponent, x itself is the fraction.
  let lost = select(x - (u - 1f), 1f - (u - x), u >= 2f) / u;
  return log_of(bitcast<u32>(u), 0, select(lost, 0f, u > 16777216f));
}`,
    "log_of",
    "kept",
    "of_bits",
    "abs_f",
    "is_nan",
  ),
  high_product: define(`fn high_product(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}`),
  // The nearest multiple of a quarter turn (mod 4), and what is left in radians: the product of x's 24 bits with a window of 96 bits of 2/π.
  quarter_turns: define(
    `const two_over_pi = array<u32, 8>(${twoOverPi});
struct Turned { quarter: u32, rest: f32 }
fn quarter_turns(x: f32) -> Turned {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits < 0x3f400000u) { return Turned(0u, bitcast<f32>(bits)); }
  let start = (bits >> 23u) - 120u;
  let m = (bits & 0x007fffffu) | 0x00800000u;
  var table = two_over_pi;
  let at = start >> 5u;
  let by = start & 31u;
  var w = array<u32, 3>();
  for (var i = 0u; i < 3u; i++) {
    w[i] = (table[at + i] << by) | select(table[min(at + i + 1u, 7u)] >> ((32u - by) & 31u), 0u, by == 0u);
  }
  let p2 = m * w[2];
  let p1 = m * w[1] + high_product(m, w[2]);
  let carry = select(0u, 1u, p1 < m * w[1]);
  let p0 = m * w[0] + high_product(m, w[1]) + carry;
  var high = (p0 << 2u) | (p1 >> 30u);
  var low = (p1 << 2u) | (p2 >> 30u);
  let up = (high >> 31u) == 1u;
  if (up) {
    low = ~low;
    high = ~high;
  }
  let zeros = select(countLeadingZeros(high), 32u, high == 0u);
  var top = low;
  if (zeros == 0u) { top = high; } else if (zeros < 32u) { top = (high << zeros) | (low >> (32u - zeros)); }
  let fraction = (f32(top >> 8u) + f32(top & 255u) * 0.00390625f) * bitcast<f32>((103u - zeros) << 23u);
  let rest = fraction * 1.5707963267948966f;
  return Turned((p0 >> 30u) + select(0u, 1u, up), select(rest, -rest, up));
}`,
    "high_product",
  ),
  sine_near: define(`fn sine_near(r: f32, quarter: u32) -> f32 {
  let z = r * r;
  let sine = r + r * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
  let cosine = 1f - 0.5f * z + z * z * (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f));
  let value = select(sine, cosine, (quarter & 1u) == 1u);
  return select(value, -value, (quarter & 2u) == 2u);
}`),
  sin_f: define(
    `fn sin_f(x: f32) -> f32 {
  if (is_nan(x) || is_infinite(x)) { return of_bits(0x7fc00000u); }
  let turned = quarter_turns(x);
  let value = sine_near(turned.rest, turned.quarter);
  return select(value, -value, bitcast<u32>(x) >= 0x80000000u);
}`,
    "quarter_turns",
    "sine_near",
    "is_nan",
    "is_infinite",
    "of_bits",
  ),
  cos_f: define(
    `fn cos_f(x: f32) -> f32 {
  if (is_nan(x) || is_infinite(x)) { return of_bits(0x7fc00000u); }
  let turned = quarter_turns(x);
  return sine_near(turned.rest, turned.quarter + 1u);
}`,
    "quarter_turns",
    "sine_near",
    "is_nan",
    "is_infinite",
    "of_bits",
  ),
  upper: define(`fn upper(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }`),
  // y·log₂ x in two parts, then 2 to it. Source: fdlibm's e_powf.c.
  power_of: define(
    `fn power_of(x: f32, y: f32) -> f32 {
  var bits = bitcast<u32>(x);
  var n = -127;
  if (bits < 0x00800000u) {
    bits = bitcast<u32>(f32(bits));
    n = -276;
  }
  n += i32(bits >> 23u);
  let j = bits & 0x007fffffu;
  bits = j | 0x3f800000u;
  var k = 0u;
  if (j > 0x001cc471u) {
    if (j < 0x005db3d7u) { k = 1u; } else { n += 1; bits -= 0x00800000u; }
  }
  let base = select(1f, 1.5f, k == 1u);
  let m = bitcast<f32>(bits);
  let u = m - base;
  let v = 1f / (m + base);
  let s = u * v;
  let sh = upper(s);
  let th = bitcast<f32>((((bits >> 1u) & 0xfffff000u) | 0x20000000u) + 0x00400000u + (k << 21u));
  let tl = m - (th - base);
  let sl = v * ((u - sh * th) - sh * tl);
  let s2 = s * s;
  let r = s2 * s2 * ${polynomial("s2", [6.0000002384e-1, 4.2857143283e-1, 3.3333334327e-1, 2.7272811532e-1, 2.3066075146e-1, 2.0697501302e-1])} + sl * (sh + s);
  let sh2 = sh * sh;
  let qh = upper(3f + sh2 + r);
  let ql = r - ((qh - 3f) - sh2);
  let a = sh * qh;
  let b = sl * qh + ql * s;
  let ph = upper(a + b);
  let pl = b - (ph - a);
  let zh = 9.6191406250e-1f * ph;
  let zl = -1.1736857402e-4f * ph + pl * 9.6179670095e-1f + select(0f, 1.56322085e-6f, k == 1u);
  let dh = select(0f, 5.84960938e-1f, k == 1u);
  let e = f32(n);
  let t1 = upper(((zh + zl) + dh) + e);
  let t2 = zl - (((t1 - e) - dh) - zh);
  let y1 = upper(y);
  let low = (y - y1) * t1 + y * t2;
  var high = y1 * t1;
  let z = low + high;
  if (z > 128.5f) { return of_bits(0x7f800000u); }
  if (!(z > -150f)) { return 0f; }
  let whole = round(z);
  high -= whole;
  let t = bitcast<f32>(bitcast<u32>(low + high) & 0xffff8000u);
  let c = t * 6.93145752e-1f;
  let d = (low - (t - high)) * 6.9314718246e-1f + t * 1.42860654e-6f;
  let f = c + d;
  let w = d - (f - c);
  let f2 = f * f;
  let g = f - f2 * ${polynomial("f2", [1.6666667163e-1, -2.777777845e-3, 6.613755977e-5, -1.6533901999e-6, 4.1381369442e-8])};
  let q = (f * g) / (g - 2f) - (w + f * w);
  return scaled(1f - (q - f), i32(whole));
}`,
    "upper",
    "of_bits",
    "scaled",
  ),
  pow_f: define(
    `fn pow_f(x: f32, y: f32) -> f32 {
  let size = abs_f(x);
  if (abs_f(y) == 0f || x == 1f) { return 1f; }
  if (is_nan(x) || is_nan(y)) { return of_bits(0x7fc00000u); }
  if (is_infinite(y)) {
    if (size == 1f) { return 1f; }
    return select(0f, of_bits(0x7f800000u), (size > 1f) == (y > 0f));
  }
  let whole = abs_f(y) >= 8388608f || trunc(y) == y;
  let odd = whole && abs_f(y) < 16777216f && (i32(clamp(y, -16777216f, 16777216f)) & 1) == 1;
  let negative = bitcast<u32>(x) >= 0x80000000u;
  var value = 0f;
  if (bitcast<u32>(size) == 0u || is_infinite(x)) {
    value = select(0f, of_bits(0x7f800000u), (bitcast<u32>(size) == 0u) == (y < 0f));
  } else {
    if (negative && !whole) { return of_bits(0x7fc00000u); }
    value = power_of(size, y);
  }
  return select(value, neg_f(value), negative && odd);
}`,
    "power_of",
    "abs_f",
    "neg_f",
    "is_nan",
    "is_infinite",
    "of_bits",
  ),
  // The remainder by long division of the 24 bits of each, eight bits a step: exact.
  remainder_f: define(
    `fn remainder_f(a: f32, b: f32) -> f32 {
  let x = bitcast<u32>(a) & 0x7fffffffu;
  let y = bitcast<u32>(b) & 0x7fffffffu;
  if (x >= 0x7f800000u || y > 0x7f800000u || y == 0u) { return of_bits(0x7fc00000u); }
  if (x < y) { return a; }
  var ex = i32(max(x >> 23u, 1u));
  let ey = i32(max(y >> 23u, 1u));
  var m = (x & 0x007fffffu) | select(0x00800000u, 0u, x < 0x00800000u);
  let n = (y & 0x007fffffu) | select(0x00800000u, 0u, y < 0x00800000u);
  m = m % n;
  while (ex > ey) {
    let by = min(ex - ey, 8);
    m = (m << u32(by)) % n;
    ex -= by;
  }
  if (m == 0u) { return with_sign(0f, a); }
  let up = max(min(i32(countLeadingZeros(m)) - 8, ey - 1), 0);
  m = m << u32(up);
  let bits = select((m & 0x007fffffu) | (u32(ey - up) << 23u), m, m < 0x00800000u);
  return with_sign(bitcast<f32>(bits), a);
}`,
    "of_bits",
    "with_sign",
  ),
  mod_f: define(
    `fn mod_f(a: f32, b: f32) -> f32 {
  let r = remainder_f(a, b);
  let differs = ((bitcast<u32>(r) ^ bitcast<u32>(b)) >> 31u) == 1u;
  return select(r, r + b, differs && !is_nan(r) && (bitcast<u32>(r) & 0x7fffffffu) != 0u);
}`,
    "remainder_f",
    "is_nan",
  ),
  floor_divide_f: define(
    `fn floor_divide_f(a: f32, b: f32) -> f32 {
  let q = div_f(a, b);
  if (is_nan(q) || is_infinite(b) || abs_f(q) > 1048576f) { return floor_f(q); }
  return round((a - mod_f(a, b)) / b);
}`,
    "mod_f",
    "div_f",
    "floor_f",
    "abs_f",
    "is_nan",
    "is_infinite",
  ),
  floor_divide_i: define(
    `fn floor_divide_i(a: i32, b: i32) -> i32 {
  if (b == 0) { return 0; }
  if (b == -1) { return -a; }
  let q = a / b;
  return select(q, q - 1, a % b != 0 && (a < 0) != (b < 0));
}`,
  ),
  mod_i: define(
    `fn mod_i(a: i32, b: i32) -> i32 {
  if (b == 0 || b == -1) { return 0; }
  let r = a % b;
  return select(r, r + b, r != 0 && (r < 0) != (b < 0));
}`,
  ),
  divide_u: define(`fn divide_u(a: u32, b: u32) -> u32 { return select(a / max(b, 1u), 0u, b == 0u); }`),
  mod_u: define(`fn mod_u(a: u32, b: u32) -> u32 { return select(a % max(b, 1u), 0u, b == 0u); }`),
  // Drivers round a whole u32 twice; two halves are each exact.
  from_u: define(`fn from_u(x: u32) -> f32 { return f32(x >> 16u) * 65536f + f32(x & 0xffffu); }`),
  to_i: define(
    `fn to_i(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (x >= 2147483648f) { return 2147483647; }
  if (x < -2147483648f) { return i32(-2147483648); }
  return i32(x);
}`,
    "is_nan",
  ),
  to_u: define(
    `fn to_u(x: f32) -> u32 {
  if (is_nan(x) || x <= 0f) { return 0u; }
  if (x >= 4294967296f) { return 0xffffffffu; }
  return u32(x);
}`,
    "is_nan",
  ),
  // bf16 is the upper half; ties to even.
  round_bf16: define(
    `fn round_bf16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let even = (bits >> 16u) & 1u;
  return select(bitcast<f32>((bits + 0x7fffu + even) & 0xffff0000u), x, is_nan(x));
}`,
    "is_nan",
  ),
  bf16_of: define(
    `fn bf16_of(x: f32) -> u32 { return select(bitcast<u32>(x) >> 16u, 0x7fc0u, is_nan(x)); }`,
    "is_nan",
  ),
  // The nearest half's bits; ties to even.
  f16_of: define(
    `fn f16_of(x: f32) -> u32 {
  let sign = (bitcast<u32>(x) >> 16u) & 0x8000u;
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits > 0x7f800000u) { return sign | 0x7e00u; }
  if (bits >= 0x477ff000u) { return sign | 0x7c00u; }
  if (bits >= 0x38800000u) {
    return sign | ((bits - 0x38000000u + 0x0fffu + ((bits >> 13u) & 1u)) >> 13u);
  }
  if (bits < 0x33000000u) { return sign; }
  let by = 126u - (bits >> 23u);
  let m = (bits & 0x007fffffu) | 0x00800000u;
  let half = (1u << (by - 1u)) - 1u + ((m >> by) & 1u);
  return sign | ((m + half) >> by);
}`,
  ),
  of_f16: define(`fn of_f16(h: u32) -> f32 {
  let sign = (h & 0x8000u) << 16u;
  let bits = h & 0x7fffu;
  if (bits >= 0x7c00u) { return bitcast<f32>(sign | 0x7f800000u | ((bits & 0x3ffu) << 13u)); }
  if (bits >= 0x0400u) { return bitcast<f32>(sign | ((bits << 13u) + 0x38000000u)); }
  return bitcast<f32>(sign | bitcast<u32>(f32(bits) * 5.9604644775390625e-8f));
}`),
  round_f16: define(`fn round_f16(x: f32) -> f32 { return of_f16(f16_of(x)); }`, "f16_of", "of_f16"),
  // As ../../threefry.ts, of the counter (c, 0).
  threefry: define(`const rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
fn threefry(k0: u32, k1: u32, c: u32) -> vec2<u32> {
  var turns = rotations;
  var keys = array<u32, 3>(k0, k1, k0 ^ k1 ^ 0x1bd11bdau);
  var a = c + k0;
  var b = k1;
  for (var round = 0u; round < 20u; round++) {
    a += b;
    let by = turns[round % 8u];
    b = ((b << by) | (b >> (32u - by))) ^ a;
    if (round % 4u == 3u) {
      let injection = (round + 1u) / 4u;
      a += keys[injection % 3u];
      b += keys[(injection + 1u) % 3u] + injection;
    }
  }
  return vec2<u32>(a, b);
}
fn random_bits(k0: u32, k1: u32, index: i32) -> u32 {
  let words = threefry(k0, k1, u32(index) >> 1u);
  return select(words.y, words.x, (index & 1) == 0);
}`),
  random_uniform: define(
    `fn random_uniform(k0: u32, k1: u32, index: i32) -> f32 {
  return f32(random_bits(k0, k1, index) >> 8u) * 5.9604644775390625e-8f;
}`,
    "threefry",
  ),
  // Box and Muller (1958). The angle is a whole number of 2⁻²⁴ turns: quarters and what is left of them are exact.
  random_normal: define(
    `fn random_normal(k0: u32, k1: u32, index: i32) -> f32 {
  let words = threefry(k0, k1, u32(index) >> 1u);
  let radius = sqrt(-2f * log_f(1f - f32(words.x >> 8u) * 5.9604644775390625e-8f));
  let turn = words.y >> 8u;
  let quarter = (turn + 0x200000u) >> 22u;
  let rest = f32(i32(turn) - i32(quarter << 22u)) * 3.7450702829238410e-7f;
  return radius * sine_near(rest, quarter + select(0u, 1u, (index & 1) == 0));
}`,
    "threefry",
    "log_f",
    "sine_near",
  ),
};

/** The text of these functions and of all that they call, each once, callees first. */
export function libraryText(names: Iterable<string>): string {
  const done = new Set<string>();
  const texts: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const found = library[name];
    if (found === undefined) throw new Error(`bug: no WGSL function ${name}`);
    found.needs.forEach(visit);
    texts.push(found.text);
  };
  for (const name of names) visit(name);
  return texts.join("\n");
}
