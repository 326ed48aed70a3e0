// Names in C source: identifiers made from the names of a program, each used once, apart from C's own and those of <math.h>.

/** Keywords of C11 and common extensions, names of the included headers, and names that the generated code uses itself. */
const RESERVED: ReadonlySet<string> = new Set(
  `auto break case char const continue default do double else enum extern float for goto if inline int long register restrict
  return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false
  acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax fmin fmod
  frexp hypot ilogb isfinite isinf isnan isnormal ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan
  nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn signbit sin sinh sqrt tan tanh tgamma trunc
  j0 j1 jn y0 y1 yn gamma signgam main NULL NAN INFINITY HUGE_VAL NOINLINE offsetof setjmp longjmp jmp_buf stop landing
  stopped_for memcpy memset memmove memcmp strlen index linux unix`.split(/\s+/),
);

/** Temporaries, limits of loops, helpers and types of the generated code. */
const OWN = /^(t\d+|limit\d+|(f64|f32|[iu](64|32|16|8))(x\d+)?(_.*)?|math_.*|.*_t|.*_packed|.*_body|.*_apart)$/;

/** Names given so far; every name is given once, and none that an outer scope has. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #taken = new Set<string>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  #has(name: string): boolean {
    return this.#taken.has(name) || (this.#outer ? this.#outer.#has(name) : RESERVED.has(name));
  }

  /** An identifier like `wish`. */
  name(wish: string): string {
    let base = wish.replaceAll(/[^A-Za-z0-9_]/g, "_");
    if (!/^[A-Za-z]/.test(base)) base = `v${base}`;
    if (OWN.test(base)) base = `${base}_`;
    let name = base;
    for (let k = 2; this.#has(name); k++) name = `${base}_${k}`;
    this.#taken.add(name);
    return name;
  }
}
