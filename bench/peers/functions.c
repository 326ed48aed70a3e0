/* y = f(x), or f(x, z), over arrays, for bench/functions.ts, which compiles this file twice as a shared library: -O2 -fno-builtin
 * makes calls of the C library, element by element; -O3 -ffast-math -mavx2 -mfma makes loops over its vector functions (libmvec, at
 * most 4 units in the last place). */
#include <math.h>

#define LOOP(call, T, name) void name(int n, const T *restrict x, T *restrict y) { for (int i = 0; i < n; i++) y[i] = call(x[i]); }
#define BOTH(g) LOOP(g, double, f64_##g) LOOP(g##f, float, f32_##g)
BOTH(exp) BOTH(log) BOTH(sin) BOTH(cos) BOTH(tan) BOTH(tanh) BOTH(exp2) BOTH(expm1) BOTH(log1p) BOTH(atan) BOTH(asin) BOTH(sinh) BOTH(cbrt) BOTH(erf)
void f64_pow(int n, const double *restrict x, const double *restrict z, double *restrict y) { for (int i = 0; i < n; i++) y[i] = pow(x[i], z[i]); }
