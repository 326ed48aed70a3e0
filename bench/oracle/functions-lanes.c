/* Values of functions in double in lanes, and errors of float results beside them, for bench/functions-check.ts: the loops are turned
 * into calls of the C library's vector functions (gcc -O3 -march=native -ffast-math), whose errors are at most 4 units of double,
 * 10^-8 of a unit of float. Numbers that are not ordinary (zeros, infinities, NaN, far outside the range of float) are left to
 * functions.c; -ffast-math would not treat them right, so they are told by their bits. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define LOOP(f) \
  static void loop_##f(const float *restrict x, double *restrict v, int n) { \
    for (int i = 0; i < n; i++) { double t = x[i]; v[i] = VALUE_##f; } \
  }
#define VALUE_exp exp(t)
#define VALUE_exp2 exp2(t)
#define VALUE_exp10 __builtin_exp10(t)
#define VALUE_expm1 expm1(t)
#define VALUE_log log(t)
#define VALUE_log2 log2(t)
#define VALUE_log10 log10(t)
#define VALUE_log1p log1p(t)
#define VALUE_sin sin(t)
#define VALUE_cos cos(t)
#define VALUE_tan tan(t)
#define VALUE_asin asin(t)
#define VALUE_acos acos(t)
#define VALUE_atan atan(t)
#define VALUE_sinh sinh(t)
#define VALUE_cosh cosh(t)
#define VALUE_tanh tanh(t)
#define VALUE_asinh asinh(t)
#define VALUE_acosh acosh(t)
#define VALUE_atanh atanh(t)
#define VALUE_cbrt cbrt(t)
#define VALUE_erf erf(t)
#define VALUE_erfc erfc(t)
#define VALUE_sqrt sqrt(t)
#define VALUE_reciprocal (1 / t)
#define VALUE_sigmoid (1 / (1 + exp(-t)))
#define VALUE_softplus ((t > 0 ? t : 0) + log1p(exp(-fabs(t))))
#define VALUE_gelu (0.5 * t * erfc(t * -0.70710678118654752440))
#define EACH(X) X(exp) X(exp2) X(exp10) X(expm1) X(log) X(log2) X(log10) X(log1p) X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) \
  X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) X(cbrt) X(erf) X(erfc) X(sqrt) X(reciprocal) X(sigmoid) X(softplus) X(gelu)
EACH(LOOP)

int lanes_values(const char *name, const float *x, double *v, int n) {
#define CALL(f) if (!strcmp(name, #f)) { loop_##f(x, v, n); return 1; }
  EACH(CALL)
  return 0;
}

void lanes_errors(const double *restrict v, const float *restrict y, double *restrict e, int n) {
  for (int i = 0; i < n; i++) {
    int64_t a, b;
    double got = y[i];
    memcpy(&a, v + i, 8);
    memcpy(&b, &got, 8);
    int64_t exponent = (a >> 52) & 0x7ff, other = (b >> 52) & 0x7ff;
    int ordinary = (exponent >= 1023 - 150) & (exponent < 1023 + 127) & (other >= 1023 - 149) & (other < 1023 + 128) & ((a ^ b) >= 0);
    int64_t place = exponent < 1023 - 126 ? 1023 - 126 : exponent;
    int64_t scale = (2046 + 23 - place) << 52;
    double s;
    memcpy(&s, &scale, 8);
    double error = fabs(got - v[i]) * s;
    e[i] = ordinary ? error : -1;
  }
}
