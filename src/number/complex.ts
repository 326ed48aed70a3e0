// Complex numbers over any real arithmetic: the same formulae for doubles, BigFloat and Ball.
// Principal branches with the usual cuts: log, sqrt and pow along the negative real axis, continuous from above
// (Kahan 1987, "Branch cuts for complex elementary functions"). Over doubles and BigFloat the results are as accurate as
// the real operations make them, not correctly rounded; over balls both parts are enclosed.
import { Failure } from "../base/index.ts";
import * as E from "./ball-elementary.ts";
import * as B from "./ball.ts";
import type { Ball } from "./ball.ts";
import * as G from "./bigfloat-elementary.ts";
import * as F from "./bigfloat.ts";
import type { BigFloat } from "./bigfloat.ts";

export interface Complex<T> {
  readonly re: T;
  readonly im: T;
}

/** What complex arithmetic needs of a real one. */
export interface RealField<T> {
  readonly from: (n: number) => T;
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly divide: (a: T, b: T) => T;
  readonly negate: (a: T) => T;
  /** Is it certainly the number zero? */
  readonly isZero: (a: T) => boolean;
  /** Is it certainly negative? Minus zero counts where there is one. */
  readonly isNegative: (a: T) => boolean;
  readonly sqrt: (a: T) => T;
  readonly exp: (a: T) => T;
  readonly log: (a: T) => T;
  readonly sinCos: (a: T) => readonly [T, T];
  readonly sinh: (a: T) => T;
  readonly cosh: (a: T) => T;
  readonly hypot: (a: T, b: T) => T;
  readonly atan2: (y: T, x: T) => T;
}

export const doubles: RealField<number> = {
  from: (n) => n,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  negate: (a) => -a,
  isZero: (a) => a === 0,
  isNegative: (a) => a < 0 || Object.is(a, -0),
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sinCos: (a) => [Math.sin(a), Math.cos(a)],
  sinh: Math.sinh,
  cosh: Math.cosh,
  hypot: Math.hypot,
  atan2: Math.atan2,
};

/** BigFloat, every operation correctly rounded to nearest at this precision. */
export function bigFloats(precision: number): RealField<BigFloat> {
  return {
    from: (n) => F.fromNumber(n, precision),
    add: (a, b) => F.add(a, b, precision),
    subtract: (a, b) => F.subtract(a, b, precision),
    multiply: (a, b) => F.multiply(a, b, precision),
    divide: (a, b) => F.divide(a, b, precision),
    negate: F.negate,
    isZero: F.isZero,
    isNegative: (a) => a.sign < 0,
    sqrt: (a) => F.sqrt(a, precision),
    exp: (a) => G.exp(a, precision),
    log: (a) => G.log(a, precision),
    sinCos: (a) => [G.sin(a, precision), G.cos(a, precision)],
    sinh: (a) => G.sinh(a, precision),
    cosh: (a) => G.cosh(a, precision),
    hypot: (a, b) => G.hypot(a, b, precision),
    atan2: (y, x) => G.atan2(y, x, precision),
  };
}

/** Balls at this working precision. */
export function ballField(p: number): RealField<Ball> {
  return {
    from: (n) => B.fromBigFloat(F.fromNumber(n)),
    add: (a, b) => B.add(a, b, p),
    subtract: (a, b) => B.subtract(a, b, p),
    multiply: (a, b) => B.multiply(a, b, p),
    divide: (a, b) => B.divide(a, b, p),
    negate: B.negate,
    isZero: (a) => B.sign(a) === 0,
    isNegative: (a) => B.sign(a) === -1,
    sqrt: (a) => B.sqrt(a, p),
    exp: (a) => E.exp(a, p),
    log: (a) => E.log(a, p),
    sinCos: (a) => E.sinCos(a, p),
    sinh: (a) => E.sinh(a, p),
    cosh: (a) => E.cosh(a, p),
    hypot: (a, b) => E.hypot(a, b, p),
    atan2: (y, x) => E.atan2(y, x, p),
  };
}

/** Complex arithmetic over a real one. */
export interface ComplexField<T> {
  readonly complex: (re: T, im: T) => Complex<T>;
  readonly add: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  readonly subtract: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  readonly multiply: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  readonly divide: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  readonly negate: (a: Complex<T>) => Complex<T>;
  readonly conjugate: (a: Complex<T>) => Complex<T>;
  readonly absolute: (a: Complex<T>) => T;
  /** The angle in (-pi, pi]. */
  readonly argument: (a: Complex<T>) => T;
  readonly exp: (a: Complex<T>) => Complex<T>;
  readonly log: (a: Complex<T>) => Complex<T>;
  readonly sqrt: (a: Complex<T>) => Complex<T>;
  readonly pow: (a: Complex<T>, b: Complex<T>) => Complex<T>;
  readonly sin: (a: Complex<T>) => Complex<T>;
  readonly cos: (a: Complex<T>) => Complex<T>;
}

export function complexField<T>(r: RealField<T>): ComplexField<T> {
  const complex = (re: T, im: T): Complex<T> => ({ re, im });
  const absolute = (a: Complex<T>): T => r.hypot(a.re, a.im);
  const argument = (a: Complex<T>): T => r.atan2(a.im, a.re);
  const multiply = (a: Complex<T>, b: Complex<T>): Complex<T> =>
    complex(
      r.subtract(r.multiply(a.re, b.re), r.multiply(a.im, b.im)),
      r.add(r.multiply(a.re, b.im), r.multiply(a.im, b.re)),
    );
  const exp = (a: Complex<T>): Complex<T> => {
    const size = r.exp(a.re);
    if (r.isZero(a.im)) return complex(size, a.im);
    const [s, c] = r.sinCos(a.im);
    return complex(r.multiply(size, c), r.multiply(size, s));
  };
  const log = (a: Complex<T>): Complex<T> => {
    if (r.isZero(a.re) && r.isZero(a.im)) throw new Failure("domain", "log of the complex number zero");
    return complex(r.log(absolute(a)), argument(a));
  };
  const isZero = (a: Complex<T>): boolean => r.isZero(a.re) && r.isZero(a.im);
  return {
    complex,
    add: (a, b) => complex(r.add(a.re, b.re), r.add(a.im, b.im)),
    subtract: (a, b) => complex(r.subtract(a.re, b.re), r.subtract(a.im, b.im)),
    multiply,
    divide: (a, b) => {
      if (isZero(b)) throw new Failure("domain", "division by the complex number zero");
      // By 1/conj(b) |b|^2, scaled by |b| first so that the square neither overflows nor underflows.
      const size = absolute(b);
      const unit = complex(r.divide(b.re, size), r.negate(r.divide(b.im, size)));
      const product = multiply(a, unit);
      return complex(r.divide(product.re, size), r.divide(product.im, size));
    },
    negate: (a) => complex(r.negate(a.re), r.negate(a.im)),
    conjugate: (a) => complex(a.re, r.negate(a.im)),
    absolute,
    argument,
    exp,
    log,
    sqrt: (a) => {
      if (isZero(a)) return complex(r.from(0), a.im);
      const half = r.from(0.5);
      const size = absolute(a);
      if (r.isNegative(a.re)) {
        // Through the imaginary part, which does not cancel.
        const im = r.sqrt(r.multiply(half, r.subtract(size, a.re)));
        const signed = r.isNegative(a.im) ? r.negate(im) : im;
        return complex(r.divide(r.multiply(half, a.im), signed), signed);
      }
      const re = r.sqrt(r.multiply(half, r.add(size, a.re)));
      return complex(re, r.divide(r.multiply(half, a.im), re));
    },
    pow: (a, b) => {
      if (isZero(b)) return complex(r.from(1), r.from(0));
      if (isZero(a)) {
        if (r.isNegative(b.re) || r.isZero(b.re))
          throw new Failure("domain", "zero to a power without positive real part");
        return complex(r.from(0), r.from(0));
      }
      return exp(multiply(b, log(a)));
    },
    sin: (a) => {
      const [s, c] = r.sinCos(a.re);
      return complex(r.multiply(s, r.cosh(a.im)), r.multiply(c, r.sinh(a.im)));
    },
    cos: (a) => {
      const [s, c] = r.sinCos(a.re);
      return complex(r.multiply(c, r.cosh(a.im)), r.negate(r.multiply(s, r.sinh(a.im))));
    },
  };
}
