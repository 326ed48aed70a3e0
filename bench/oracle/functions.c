/* References and checks for bench/functions-check.ts: functions of the C library in double (for results in float) and long double
 * (for results in double), and the errors of given results in units in the last place of the format. Compiled by the check itself,
 * together with functions-lanes.c. Errors of glibc's long double functions are a few units of 2^-64, some
 * thousandths of a unit of double; what the check finds worst is looked at again with other arithmetic. */
#define _GNU_SOURCE
#include <math.h>
#include <quadmath.h>
#include <stdint.h>
#include <string.h>

typedef long double ld;

/* ---- functions that the library lacks ---- */
static ld sinpil(ld x) {
  if (!isfinite(x)) return x - x;
  ld y = x - 2 * rintl(x * 0.5L), s = y < 0 ? -1 : 1;
  y = fabsl(y);
  if (y == 0 || y == 1) return copysignl(0, x);
  if (y > 0.5L) y = 1 - y;
  return s * (y <= 0.25L ? sinl(M_PIl * y) : cosl(M_PIl * (0.5L - y)));
}
static ld cospil(ld x) {
  if (!isfinite(x)) return x - x;
  ld y = fabsl(x - 2 * rintl(x * 0.5L));
  ld s = 1;
  if (y > 0.5L) { y = 1 - y; s = -1; }
  if (y == 0.5L) return 0;
  return s * (y <= 0.25L ? cosl(M_PIl * y) : sinl(M_PIl * (0.5L - y)));
}
static ld reciprocall(ld x) { return 1 / x; }
static ld rsqrtl(ld x) { return 1 / sqrtl(x); }
static ld sigmoidl(ld x) { return x >= 0 ? 1 / (1 + expl(-x)) : expl(x) / (1 + expl(x)); }
static ld softplusl(ld x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
/* x Phi(x); the argument of erfc in 113 bits, because its relative error grows with x^2 */
static ld gelul(ld x) {
  if (isnan(x)) return x;
  if (x == (ld)INFINITY) return x;
  if (x < -150) return -0.0L;
  if (x > 20) return x;
  return (ld)(0.5Q * (__float128)x * erfcq(-(__float128)x * M_SQRT1_2q));
}

static double rsqrt_(double x) { return 1 / sqrt(x); }
static double reciprocal_(double x) { return 1 / x; }
static double sinpi_(double x) { return (double)sinpil(x); }
static double cospi_(double x) { return (double)cospil(x); }
static double sigmoid_(double x) { return (double)sigmoidl(x); }
static double softplus_(double x) { return (double)softplusl(x); }
static double gelu_(double x) {
  if (x < -39 || x > 39 || isnan(x)) return (double)gelul(x);
  return (double)(0.5L * x * erfcl(-(ld)x * 0.707106781186547524400844362104849039L));
}

#define ONE(X) X(exp) X(exp2) X(exp10) X(expm1) X(log) X(log2) X(log10) X(log1p) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) \
  X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(cbrt) X(sqrt) X(erf) X(erfc)
#define OWN(X) X(sinpi) X(cospi) X(reciprocal) X(rsqrt) X(sigmoid) X(softplus) X(gelu)
#define TWO(X) X(pow) X(atan2) X(hypot)

struct one { const char *name; double (*d)(double); ld (*l)(ld); };
struct two { const char *name; double (*d)(double, double); ld (*l)(ld, ld); };
#define A(f) {#f, f, f##l},
#define B(f) {#f, f##_, f##l},
static const struct one ones[] = { ONE(A) OWN(B) };
static const struct two twos[] = { TWO(A) };

int find(const char *name) {
  for (int i = 0; i < (int)(sizeof ones / sizeof *ones); i++) if (!strcmp(name, ones[i].name)) return i;
  for (int i = 0; i < (int)(sizeof twos / sizeof *twos); i++) if (!strcmp(name, twos[i].name)) return 1000 + i;
  return -1;
}

/* signbit is any number but 0, another one for another type */
#define minus(x) (signbit(x) != 0)

/* ---- errors in units in the last place; 1e300 for a wrong special value ---- */
static double error_f32(double v, float y) {
  if (isnan(v) || isnan(y)) return isnan(v) && isnan(y) ? 0 : 1e300;
  if (isinf(v) || v == 0) return v == y && minus(v) == minus(y) ? 0 : 1e300;
  int e;
  frexp(v, &e);
  if (e < -125) e = -125;
  if (e > 128) return isinf(y) && minus(v) == minus(y) ? 0 : y == copysign(0x1.fffffep127, v) && e == 129 && fabs(v) < 0x1.000001p128 ? 1 : 1e300;
  double got = isinf(y) ? copysign(0x1p128, y) : (double)y;
  if (minus(y) != minus(v)) return 1e300;
  return ldexp(fabs(got - v), 24 - e);
}
static double error_f64(ld v, double y) {
  if (isnan(v) || isnan(y)) return isnan(v) && isnan(y) ? 0 : 1e300;
  if (isinf(v) || v == 0) return v == (ld)y && minus(v) == minus(y) ? 0 : 1e300;
  int e;
  frexpl(v, &e);
  if (e < -1021) e = -1021;
  if (e > 1024 && !(e == 1025 && fabsl(v) < 0x1.0000000000001p1024L && fabs(y) == 0x1.fffffffffffffp1023)) return isinf(y) && minus(v) == minus(y) ? 0 : 1e300;
  ld got = isinf(y) ? copysignl(0x1p1024L, y) : (ld)y;
  if (minus(y) != minus(v)) return 1e300;
  return (double)ldexpl(fabsl(got - v), 53 - e);
}

/* ---- values of one block of arguments, and the errors of results beside them ---- */
#define BLOCK 65536
static double values_d[BLOCK];
static ld values_l[BLOCK];
static double errors[BLOCK];

/* From functions-lanes.c: values in lanes, to a few units of double, and errors in float, -1 where numbers are not ordinary. */
int lanes_values(const char *name, const float *x, double *v, int n);
void lanes_errors(const double *v, const float *y, double *e, int n);

static double exact_d(int f, const float *x, const float *z, int i) {
  return f < 1000 ? ones[f].d(x[i]) : twos[f - 1000].d(x[i], z[i]);
}

/* Computes the values that the next calls of errors_ compare with. */
void values_f32(int f, const float *x, const float *z, int n) {
  if (f < 1000 && lanes_values(ones[f].name, x, values_d, n)) return;
  for (int i = 0; i < n; i++) values_d[i] = exact_d(f, x, z, i);
}
void values_f64(int f, const double *x, const double *z, int n) {
  for (int i = 0; i < n; i++) values_l[i] = f < 1000 ? ones[f].l(x[i]) : twos[f - 1000].l(x[i], z[i]);
}

/* The worst error of n results, and the index where it is. Indices of errors above `bound` go to `above`, whose first element
 * becomes their number. */
double errors_f32(int f, const float *x, const float *z, const float *y, int n, double bound, int32_t *where, int32_t *above) {
  double worst = -1;
  lanes_errors(values_d, y, errors, n);
  *above = 0;
  for (int i = 0; i < n; i++) {
    double e = errors[i];
    if (e < 0 || e > bound) e = error_f32(exact_d(f, x, z, i), y[i]);
    if (e > worst) { worst = e; *where = i; }
    if (e > bound) above[++*above] = i;
  }
  return worst;
}
double errors_f64(int f, const double *x, const double *z, const double *y, int n, double bound, int32_t *where, int32_t *above) {
  double worst = -1;
  (void)f; (void)x; (void)z;
  *above = 0;
  for (int i = 0; i < n; i++) {
    double e = error_f64(values_l[i], y[i]);
    if (e > worst) { worst = e; *where = i; }
    if (e > bound) above[++*above] = i;
  }
  return worst;
}

/* ---- arguments ---- */
static uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}
static double unit(uint64_t z) { return (double)(z >> 11) * 0x1p-53; }

/* A number: by turns any bits; anywhere in one of the ranges; near a multiple of pi/2; near a small multiple of 1/4 or ln 2 / 2. */
static double draw(uint64_t seed, uint64_t i, const double *ranges, int count) {
  uint64_t a = mix(seed ^ mix(i)), b = mix(a), c = mix(b);
  double x;
  switch (i & 7) {
    case 0: case 1: case 2: memcpy(&x, &a, 8); return x;
    case 3: case 4: case 5: {
      int k = (int)(b % (uint64_t)count);
      return ranges[2 * k] + (ranges[2 * k + 1] - ranges[2 * k]) * unit(a);
    }
    case 6: {
      double n = floor(ldexp(1, (int)(b % 52)) * unit(a));
      x = (double)(n * M_PI_2l);
      break;
    }
    default: x = (double)((int64_t)(a % 8001) - 4000) * (b & 1 ? 0.25 : 0.34657359027997264); break;
  }
  int64_t bits;
  memcpy(&bits, &x, 8);
  bits += (int64_t)(c % 17) - 8;
  memcpy(&x, &bits, 8);
  return c >> 63 ? -x : x;
}
void draw_f64(uint64_t seed, uint64_t from, int n, const double *ranges, int count, double *x) {
  for (int i = 0; i < n; i++) x[i] = draw(seed, from + (uint64_t)i, ranges, count);
}
void draw_f32(uint64_t seed, uint64_t from, int n, const double *ranges, int count, float *x) {
  for (int i = 0; i < n; i++) {
    uint64_t j = from + (uint64_t)i;
    if ((j & 7) < 3) { uint32_t a = (uint32_t)mix(seed ^ mix(j)); memcpy(x + i, &a, 4); }
    else x[i] = (float)draw(seed, j, ranges, count);
  }
}
