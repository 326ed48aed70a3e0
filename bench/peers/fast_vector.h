// Peer help: replaces the element-wise operations of a SUNDIALS serial vector by loops compiled here with -O3 -march=native.
//
// Why: an upper bound for the opponent. On small systems the library's operations cost mostly dispatch, and its norms are
//   one chain of additions; these loops show how much of CVODE's time that is.
// Method: the operations table of the vector is overwritten after creation; clones inherit it. Sums use eight partial
//   sums. Programs use the library's own operations unless --vectors fast is given.
// Source: own code; meanings of the operations as in the SUNDIALS user guide, chapter on the NVECTOR module.
#ifndef FAST_VECTOR_H
#define FAST_VECTOR_H
#include <math.h>
#include <nvector/nvector_serial.h>
#include <string.h>

#define FV_N const long n = NV_LENGTH_S(z)
#define FV_P(v) const double *v##p = NV_DATA_S(v)
#define FV_EACH(expr) do { double *zp = NV_DATA_S(z); _Pragma("GCC ivdep") for (long i = 0; i < n; i++) zp[i] = (expr); } while (0)
static void fvLinearSum(realtype a, N_Vector x, realtype b, N_Vector y, N_Vector z) {
  FV_N; FV_P(x); FV_P(y);
  if (a == 1) FV_EACH(xp[i] + b * yp[i]); else if (b == 1) FV_EACH(a * xp[i] + yp[i]); else FV_EACH(a * xp[i] + b * yp[i]);
}
static void fvScale(realtype c, N_Vector x, N_Vector z) {
  FV_N; FV_P(x);
  if (c == 1) { if (x != z) memcpy(NV_DATA_S(z), xp, n * sizeof(double)); } else FV_EACH(c * xp[i]);
}
static void fvConst(realtype c, N_Vector z) { FV_N; FV_EACH(c); }
static void fvProd(N_Vector x, N_Vector y, N_Vector z) { FV_N; FV_P(x); FV_P(y); FV_EACH(xp[i] * yp[i]); }
static void fvDiv(N_Vector x, N_Vector y, N_Vector z) { FV_N; FV_P(x); FV_P(y); FV_EACH(xp[i] / yp[i]); }
static void fvAbs(N_Vector x, N_Vector z) { FV_N; FV_P(x); FV_EACH(fabs(xp[i])); }
static void fvInv(N_Vector x, N_Vector z) { FV_N; FV_P(x); FV_EACH(1 / xp[i]); }
static void fvAddConst(N_Vector x, realtype b, N_Vector z) { FV_N; FV_P(x); FV_EACH(xp[i] + b); }
static realtype fvWrmsNorm(N_Vector x, N_Vector z) {
  FV_N; FV_P(x); FV_P(z); double s[8] = {0}, t = 0; long i = 0;
  for (; i + 8 <= n; i += 8) for (int k = 0; k < 8; k++) { double q = xp[i + k] * zp[i + k]; s[k] += q * q; }
  for (; i < n; i++) { double q = xp[i] * zp[i]; t += q * q; }
  return sqrt((t + ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))) / n);
}
static int fvLinearCombination(int m, realtype *c, N_Vector *x, N_Vector z) {
  FV_N; double *zp = NV_DATA_S(z);
  int first = 0;
  if (x[0] == z) { if (c[0] != 1) fvScale(c[0], z, z); first = 1; } else { fvScale(c[0], x[0], z); first = 1; }
  int k = first;
  for (; k + 1 < m; k += 2) { const double *a = NV_DATA_S(x[k]), *b = NV_DATA_S(x[k + 1]), p = c[k], q = c[k + 1];
    _Pragma("GCC ivdep") for (long i = 0; i < n; i++) zp[i] += p * a[i] + q * b[i]; }
  for (; k < m; k++) { const double *a = NV_DATA_S(x[k]), p = c[k]; _Pragma("GCC ivdep") for (long i = 0; i < n; i++) zp[i] += p * a[i]; }
  return 0;
}
static int fvScaleAddMulti(int m, realtype *c, N_Vector x, N_Vector *y, N_Vector *zs) {
  for (int k = 0; k < m; k++) fvLinearSum(c[k], x, 1, y[k], zs[k]);
  return 0;
}
static int fvScaleVectorArray(int m, realtype *c, N_Vector *x, N_Vector *zs) {
  for (int k = 0; k < m; k++) fvScale(c[k], x[k], zs[k]);
  return 0;
}
static void fastVectors(N_Vector y) {
  N_Vector_Ops o = y->ops;
  o->nvlinearsum = fvLinearSum; o->nvscale = fvScale; o->nvconst = fvConst; o->nvprod = fvProd; o->nvdiv = fvDiv; o->nvabs = fvAbs; o->nvinv = fvInv; o->nvaddconst = fvAddConst; o->nvwrmsnorm = fvWrmsNorm;
  o->nvlinearcombination = fvLinearCombination; o->nvscaleaddmulti = fvScaleAddMulti; o->nvscalevectorarray = fvScaleVectorArray;
}
#endif
