// Peer: SUNDIALS CVODE on the small work-precision problems, with analytic Jacobians.
//
// Problems: rober (Robertson), hires, pollu, orego, vdpol (mu = 1e6 in Hairer's scaled form), bruss1d, lorenz, pleiades, e5,
//   ring (ring modulator), medakzo (Medical Akzo Nobel, 200 points), threebody (Arenstorf), bruss32 and bruss128 (two
//   dimensions, periodic, alpha = 10, a source from t = 1.1 on).
//   bruss1d: method of lines, 500 interior points, unknowns interleaved u1 v1 u2 v2 .., half band width 2.
//   pleiades: x1..x7, y1..y7, then their velocities; masses 1..7.
//   pollu, hires, orego, vdpol, pleiades: as in the Test Set for IVP Solvers (Mazzia, Magherini); bruss1d: Hairer, Wanner,
//   Solving Ordinary Differential Equations II, section IV.10; rober: Robertson 1966; lorenz: sigma 10, rho 28, beta 8/3.
// Method: BDF with modified Newton: dense LU (bdf), band LU (band), KLU with AMD ordering (klu); Adams with fixed-point
//   iteration (adams) or with Newton and dense LU (adamsn). Own code against the CVODE user guide.
// Timing: from CVodeReInit to the last output (interpolated, CV_NORMAL), memory already allocated; median of repetitions.
// Run: cvode_problems PROBLEM METHOD|best RTOL[,RTOL..] [--ref DIR] [--atol-factor F] [--repeat N] [--dump 1]
//   METHOD `best` runs all methods that make sense for the problem. --ref: folder of PROBLEM.json (default
//   ../references next to this source as seen from bench/peers). atol = F*rtol, F per problem unless given.
//   --vectors library|fast: SUNDIALS' own vector operations (default) or those of fast_vector.h.
//   --check 1 compares the Jacobian at the end with central differences (stderr; bdf, band, adamsn).
//   --dump 1 prints the whole curve instead: {"times":[..],"values":[[..],..]} for all components (used by references.py).
// Output: one JSON line per method and rtol: problem solver build vectors method rtol atol ms error endError steps rhs jacobians
//   factorizations newton errorFailures repeat flag. error = max over components of max_t |y-ref| / max_t |ref| over the
//   output times; endError = rms of (y-ref)/ref at the last one.
#include "fast_vector.h"
#include <cvode/cvode.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sunlinsol/sunlinsol_band.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_band.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunmatrix/sunmatrix_sparse.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <time.h>
#define POINTS 50
#define NB 500
#define NMAX (2 * NB)
#define NLARGEST 32768
#define MAXREF (POINTS * 40)

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + 1e-6 * t.tv_nsec; }
#define F(name) static int name(realtype t, N_Vector yv, N_Vector dv, void *u)
#define JF(name) static int name(realtype t, N_Vector yv, N_Vector fy, SUNMatrix M, void *u, N_Vector w1, N_Vector w2, N_Vector w3)
#define Y const double *y = N_VGetArrayPointer(yv)
#define D double *d = N_VGetArrayPointer(dv)
#define J(i, j) (SM_DATA_D(M)[(i) + (j) * rows])
#define BEGINJ Y; const long rows = SM_ROWS_D(M); (void)rows

F(roberF) { Y; D; double a = .04 * y[0], b = 1e4 * y[1] * y[2], c = 3e7 * y[1] * y[1]; d[0] = b - a; d[1] = a - b - c; d[2] = c; return 0; }
JF(roberJ) {
  BEGINJ; double p = 1e4 * y[2], q = 1e4 * y[1], c = 6e7 * y[1];
  J(0, 0) = -.04; J(1, 0) = .04; J(2, 0) = 0; J(0, 1) = p; J(1, 1) = -p - c; J(2, 1) = c; J(0, 2) = q; J(1, 2) = -q; J(2, 2) = 0;
  return 0;
}
F(hiresF) {
  Y; D; double q = 280 * y[5] * y[7], e = 1.81 * y[6];
  d[0] = -1.71 * y[0] + .43 * y[1] + 8.32 * y[2] + .0007; d[1] = 1.71 * y[0] - 8.75 * y[1]; d[2] = -10.03 * y[2] + .43 * y[3] + .035 * y[4];
  d[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3]; d[4] = -1.745 * y[4] + .43 * (y[5] + y[6]); d[5] = -q + .69 * (y[3] + y[6]) + 1.71 * y[4] - .43 * y[5];
  d[6] = q - e; d[7] = e - q;
  return 0;
}
JF(hiresJ) {
  BEGINJ; double a = 280 * y[7], b = 280 * y[5];
  memset(SM_DATA_D(M), 0, 64 * sizeof(double));
  J(0, 0) = -1.71; J(0, 1) = .43; J(0, 2) = 8.32; J(1, 0) = 1.71; J(1, 1) = -8.75; J(2, 2) = -10.03; J(2, 3) = .43; J(2, 4) = .035; J(3, 1) = 8.32; J(3, 2) = 1.71; J(3, 3) = -1.12;
  J(4, 4) = -1.745; J(4, 5) = J(4, 6) = .43; J(5, 3) = J(5, 6) = .69; J(5, 4) = 1.71; J(5, 5) = -a - .43; J(5, 7) = -b; J(6, 5) = a; J(6, 6) = -1.81; J(6, 7) = b; J(7, 5) = -a; J(7, 6) = 1.81; J(7, 7) = -b;
  return 0;
}
// POLLU: 25 reactions: rate constant, reactants (second -1 if none), products (-1 if none); species from 0.
static const struct { double k; int a, b, p[4]; } pollu[25] = {
  {.35, 0, -1, {1, 2, -1, -1}}, {26.6, 1, 3, {0, -1, -1, -1}}, {12300, 4, 1, {5, 0, -1, -1}}, {.00086, 6, -1, {4, 4, 7, -1}}, {.00082, 6, -1, {7, -1, -1, -1}},
  {15000, 6, 5, {4, 7, -1, -1}}, {.00013, 8, -1, {4, 7, 9, -1}}, {24000, 8, 5, {10, -1, -1, -1}}, {16500, 10, 1, {0, 11, 9, -1}}, {9000, 10, 0, {12, -1, -1, -1}},
  {.022, 12, -1, {10, 0, -1, -1}}, {12000, 9, 1, {13, 0, -1, -1}}, {1.88, 13, -1, {6, 4, -1, -1}}, {16300, 0, 5, {14, -1, -1, -1}}, {4.8e6, 2, -1, {3, -1, -1, -1}},
  {.00035, 3, -1, {15, -1, -1, -1}}, {.0175, 3, -1, {2, -1, -1, -1}}, {1e8, 15, -1, {5, 5, -1, -1}}, {4.44e11, 15, -1, {2, -1, -1, -1}}, {1240, 16, 5, {17, 4, -1, -1}},
  {2.1, 18, -1, {1, -1, -1, -1}}, {5.78, 18, -1, {0, 2, -1, -1}}, {.0474, 0, 3, {18, -1, -1, -1}}, {1780, 18, 0, {19, -1, -1, -1}}, {3.12, 19, -1, {18, 0, -1, -1}}};
F(polluF) { // written out: a table would cost more than the arithmetic
  Y; D;
  double r1 = .35 * y[0], r2 = 26.6 * y[1] * y[3], r3 = 12300 * y[4] * y[1], r4 = .00086 * y[6], r5 = .00082 * y[6], r6 = 15000 * y[6] * y[5], r7 = .00013 * y[8], r8 = 24000 * y[8] * y[5], r9 = 16500 * y[10] * y[1],
    r10 = 9000 * y[10] * y[0], r11 = .022 * y[12], r12 = 12000 * y[9] * y[1], r13 = 1.88 * y[13], r14 = 16300 * y[0] * y[5], r15 = 4.8e6 * y[2], r16 = .00035 * y[3], r17 = .0175 * y[3], r18 = 1e8 * y[15], r19 = 4.44e11 * y[15],
    r20 = 1240 * y[16] * y[5], r21 = 2.1 * y[18], r22 = 5.78 * y[18], r23 = .0474 * y[0] * y[3], r24 = 1780 * y[18] * y[0], r25 = 3.12 * y[19];
  d[0] = r2 + r3 + r9 + r11 + r12 + r22 + r25 - r1 - r10 - r14 - r23 - r24; d[1] = r1 + r21 - r2 - r3 - r9 - r12; d[2] = r1 + r17 + r19 + r22 - r15; d[3] = r15 - r2 - r16 - r17 - r23;
  d[4] = 2 * r4 + r6 + r7 + r13 + r20 - r3; d[5] = r3 + 2 * r18 - r6 - r8 - r14 - r20; d[6] = r13 - r4 - r5 - r6; d[7] = r4 + r5 + r6 + r7; d[8] = -r7 - r8; d[9] = r7 + r9 - r12; d[10] = r8 + r11 - r9 - r10;
  d[11] = r9; d[12] = r10 - r11; d[13] = r12 - r13; d[14] = r14; d[15] = r16 - r18 - r19; d[16] = -r20; d[17] = r20; d[18] = r23 + r25 - r21 - r22 - r24; d[19] = r24 - r25;
  return 0;
}
JF(polluJ) {
  BEGINJ;
  memset(SM_DATA_D(M), 0, 400 * sizeof(double));
  for (int r = 0; r < 25; r++) for (int s = 0; s < (pollu[r].b < 0 ? 1 : 2); s++) {
    int a = s ? pollu[r].b : pollu[r].a, b = s ? pollu[r].a : pollu[r].b;
    double v = pollu[r].k * (b < 0 ? 1 : y[b]);
    J(a, a) -= v;
    if (b >= 0) J(b, a) -= v;
    for (int p = 0; p < 4 && pollu[r].p[p] >= 0; p++) J(pollu[r].p[p], a) += v;
  }
  return 0;
}
F(oregoF) { Y; D; d[0] = 77.27 * (y[1] + y[0] * (1 - 8.375e-6 * y[0] - y[1])); d[1] = (y[2] - (1 + y[0]) * y[1]) / 77.27; d[2] = .161 * (y[0] - y[2]); return 0; }
JF(oregoJ) {
  BEGINJ;
  J(0, 0) = 77.27 * (1 - 2 * 8.375e-6 * y[0] - y[1]); J(1, 0) = -y[1] / 77.27; J(2, 0) = .161; J(0, 1) = 77.27 * (1 - y[0]); J(1, 1) = -(1 + y[0]) / 77.27; J(2, 1) = 0; J(0, 2) = 0; J(1, 2) = 1 / 77.27; J(2, 2) = -.161;
  return 0;
}
F(vdpolF) { Y; D; d[0] = y[1]; d[1] = ((1 - y[0] * y[0]) * y[1] - y[0]) / 1e-6; return 0; }
JF(vdpolJ) { BEGINJ; J(0, 0) = 0; J(1, 0) = (-2 * y[0] * y[1] - 1) / 1e-6; J(0, 1) = 1; J(1, 1) = (1 - y[0] * y[0]) / 1e-6; return 0; }
F(lorenzF) { Y; D; d[0] = 10 * (y[1] - y[0]); d[1] = y[0] * (28 - y[2]) - y[1]; d[2] = y[0] * y[1] - 8. / 3 * y[2]; return 0; }
JF(lorenzJ) { BEGINJ; J(0, 0) = -10; J(1, 0) = 28 - y[2]; J(2, 0) = y[1]; J(0, 1) = 10; J(1, 1) = -1; J(2, 1) = y[0]; J(0, 2) = 0; J(1, 2) = -y[0]; J(2, 2) = -8. / 3; return 0; }
F(pleiadesF) {
  Y; D;
  for (int i = 0; i < 14; i++) { d[i] = y[14 + i]; d[14 + i] = 0; }
  for (int i = 0; i < 7; i++) for (int j = 0; j < i; j++) {
    double x = y[j] - y[i], z = y[7 + j] - y[7 + i], q = x * x + z * z, c = 1 / (q * sqrt(q));
    d[14 + i] += (j + 1) * c * x; d[21 + i] += (j + 1) * c * z; d[14 + j] -= (i + 1) * c * x; d[21 + j] -= (i + 1) * c * z;
  }
  return 0;
}
JF(pleiadesJ) {
  BEGINJ;
  memset(SM_DATA_D(M), 0, 784 * sizeof(double));
  for (int i = 0; i < 14; i++) J(i, 14 + i) = 1;
  for (int i = 0; i < 7; i++) for (int j = 0; j < 7; j++) if (i != j) {
    double x = y[j] - y[i], z = y[7 + j] - y[7 + i], q = x * x + z * z, c = (j + 1) / (q * sqrt(q)), e = 3 * c / q, xx = c - e * x * x, xz = -e * x * z, zz = c - e * z * z;
    J(14 + i, j) = xx; J(14 + i, i) -= xx; J(14 + i, 7 + j) = xz; J(14 + i, 7 + i) -= xz; J(21 + i, j) = xz; J(21 + i, i) -= xz; J(21 + i, 7 + j) = zz; J(21 + i, 7 + i) -= zz;
  }
  return 0;
}
#define DIFFUSION ((NB + 1) * (NB + 1) / 50.)
F(brussF) {
  Y; D; const double c = DIFFUSION;
  for (int i = 0; i < NB; i++) {
    double a = y[2 * i], b = y[2 * i + 1], q = a * a * b;
    double al = i ? y[2 * i - 2] : 1, bl = i ? y[2 * i - 1] : 3, ar = i < NB - 1 ? y[2 * i + 2] : 1, br = i < NB - 1 ? y[2 * i + 3] : 3;
    d[2 * i] = 1 + q - 4 * a + c * (al - 2 * a + ar);
    d[2 * i + 1] = 3 * a - q + c * (bl - 2 * b + br);
  }
  return 0;
}
JF(brussJ) { // band or sparse
  Y; const double c = DIFFUSION;
  int band = SUNMatGetID(M) == SUNMATRIX_BAND, at = 0;
  sunindextype *cp = band ? 0 : SM_INDEXPTRS_S(M), *ri = band ? 0 : SM_INDEXVALS_S(M);
  double *v = band ? 0 : SM_DATA_S(M);
  for (int j = 0; j < NMAX; j++) {
    int i = j / 2, s = j & 1; // column of u (s = 0) or v (s = 1) at point i
    double a = y[2 * i], b = y[2 * i + 1], own = s ? -a * a - 2 * c : 2 * a * b - 4 - 2 * c, other = s ? a * a : 3 - 2 * a * b;
    if (band) {
      double *col = SM_COLUMN_B(M, j);
      for (int r = j - 2; r <= j + 2; r++) if (r >= 0 && r < NMAX) SM_COLUMN_ELEMENT_B(col, r, j) = 0;
      if (i) SM_COLUMN_ELEMENT_B(col, j - 2, j) = c;
      if (i < NB - 1) SM_COLUMN_ELEMENT_B(col, j + 2, j) = c;
      SM_COLUMN_ELEMENT_B(col, j, j) = own;
      SM_COLUMN_ELEMENT_B(col, j ^ 1, j) = other;
    } else {
      cp[j] = at;
      if (i) { ri[at] = j - 2; v[at++] = c; }
      ri[at] = 2 * i; v[at++] = s ? other : own;
      ri[at] = 2 * i + 1; v[at++] = s ? own : other;
      if (i < NB - 1) { ri[at] = j + 2; v[at++] = c; }
    }
  }
  if (!band) cp[NMAX] = at;
  return 0;
}

F(e5F) { Y; D; double a = 7.89e-10 * y[0], b = 1.1e7 * y[0] * y[2], c = 1.13e9 * y[1] * y[2], e = 1.13e3 * y[3]; d[0] = -a - b; d[1] = a - c; d[2] = a - b - c + e; d[3] = b - e; return 0; }
JF(e5J) {
  BEGINJ; double b1 = 1.1e7 * y[2], b3 = 1.1e7 * y[0], c2 = 1.13e9 * y[2], c3 = 1.13e9 * y[1], A = 7.89e-10, C = 1.13e3;
  J(0, 0) = -A - b1; J(1, 0) = A; J(2, 0) = A - b1; J(3, 0) = b1; J(0, 1) = 0; J(1, 1) = -c2; J(2, 1) = -c2; J(3, 1) = 0;
  J(0, 2) = -b3; J(1, 2) = -c3; J(2, 2) = -b3 - c3; J(3, 2) = b3; J(0, 3) = 0; J(1, 3) = 0; J(2, 3) = C; J(3, 3) = -C;
  return 0;
}
#define RING const double C = 1.6e-8, Cs = 2e-12, Cp = 1e-8, Lh = 4.45, Ls1 = 2e-3, Ls2 = 5e-4, Ls3 = 5e-4, g = 40.67286402e-9, dl = 17.7493332, R = 25e3, Rp = 50, Rg1 = 36.3, Rg2 = 17.3, Rg3 = 17.3, Ri = 50, Rc = 600, pi = 3.14159265358979323846; \
  double U2 = 2 * sin(20000 * pi * t), x1 = exp(dl * (y[2] - y[4] - y[6] - U2)), x2 = exp(dl * (-y[3] + y[5] - y[6] - U2)), x3 = exp(dl * (y[3] + y[4] + y[6] + U2)), x4 = exp(dl * (-y[2] - y[5] + y[6] + U2)); \
  (void)Rg1; (void)Ri; (void)Rc; (void)pi
F(ringF) {
  Y; D; RING;
  double U1 = .5 * sin(2000 * pi * t), q1 = g * (x1 - 1), q2 = g * (x2 - 1), q3 = g * (x3 - 1), q4 = g * (x4 - 1);
  d[0] = (y[7] - .5 * y[9] + .5 * y[10] + y[13] - y[0] / R) / C; d[1] = (y[8] - .5 * y[11] + .5 * y[12] + y[14] - y[1] / R) / C;
  d[2] = (y[9] - q1 + q4) / Cs; d[3] = (-y[10] + q2 - q3) / Cs; d[4] = (y[11] + q1 - q3) / Cs; d[5] = (-y[12] - q2 + q4) / Cs;
  d[6] = (-y[6] / Rp + q1 + q2 - q3 - q4) / Cp; d[7] = -y[0] / Lh; d[8] = -y[1] / Lh;
  d[9] = (.5 * y[0] - y[2] - Rg2 * y[9]) / Ls2; d[10] = (-.5 * y[0] + y[3] - Rg3 * y[10]) / Ls3; d[11] = (.5 * y[1] - y[4] - Rg2 * y[11]) / Ls2; d[12] = (-.5 * y[1] + y[5] - Rg3 * y[12]) / Ls3;
  d[13] = (-y[0] + U1 - (Ri + Rg1) * y[13]) / Ls1; d[14] = (-y[1] - (Rc + Rg1) * y[14]) / Ls1;
  return 0;
}
JF(ringJ) {
  BEGINJ; RING;
  double p1 = g * dl * x1, p2 = g * dl * x2, p3 = g * dl * x3, p4 = g * dl * x4;
  memset(SM_DATA_D(M), 0, 225 * sizeof(double));
  J(0, 0) = -1 / (R * C); J(0, 7) = 1 / C; J(0, 9) = -.5 / C; J(0, 10) = .5 / C; J(0, 13) = 1 / C; J(1, 1) = -1 / (R * C); J(1, 8) = 1 / C; J(1, 11) = -.5 / C; J(1, 12) = .5 / C; J(1, 14) = 1 / C;
  J(2, 9) = 1 / Cs; J(2, 2) = (-p1 - p4) / Cs; J(2, 4) = p1 / Cs; J(2, 6) = (p1 + p4) / Cs; J(2, 5) = -p4 / Cs;
  J(3, 10) = -1 / Cs; J(3, 3) = (-p2 - p3) / Cs; J(3, 5) = p2 / Cs; J(3, 6) = (-p2 - p3) / Cs; J(3, 4) = -p3 / Cs;
  J(4, 11) = 1 / Cs; J(4, 2) = p1 / Cs; J(4, 4) = (-p1 - p3) / Cs; J(4, 6) = (-p1 - p3) / Cs; J(4, 3) = -p3 / Cs;
  J(5, 12) = -1 / Cs; J(5, 3) = p2 / Cs; J(5, 5) = (-p2 - p4) / Cs; J(5, 6) = (p2 + p4) / Cs; J(5, 2) = -p4 / Cs;
  J(6, 2) = (p1 + p4) / Cp; J(6, 3) = (-p2 - p3) / Cp; J(6, 4) = (-p1 - p3) / Cp; J(6, 5) = (p2 + p4) / Cp; J(6, 6) = (-1 / Rp - p1 - p2 - p3 - p4) / Cp;
  J(7, 0) = -1 / Lh; J(8, 1) = -1 / Lh; J(9, 0) = .5 / Ls2; J(9, 2) = -1 / Ls2; J(9, 9) = -Rg2 / Ls2; J(10, 0) = -.5 / Ls3; J(10, 3) = 1 / Ls3; J(10, 10) = -Rg3 / Ls3;
  J(11, 1) = .5 / Ls2; J(11, 4) = -1 / Ls2; J(11, 11) = -Rg2 / Ls2; J(12, 1) = -.5 / Ls3; J(12, 5) = 1 / Ls3; J(12, 12) = -Rg3 / Ls3;
  J(13, 0) = -1 / Ls1; J(13, 13) = -(Ri + Rg1) / Ls1; J(14, 1) = -1 / Ls1; J(14, 14) = -(Rc + Rg1) / Ls1;
  return 0;
}
#define NA 200
#define AKZO(j) double z = (j + 1.) / NA, al = 2 * (z - 1) * (z - 1) * (z - 1) / 16 * NA / 2, be = (z - 1) * (z - 1) * (z - 1) * (z - 1) / 16 * NA * NA
F(akzoF) {
  Y; D; double phi = t <= 5 ? 2 : 0;
  for (int j = 0; j < NA; j++) {
    AKZO(j); double u = y[2 * j], q = 100 * u * y[2 * j + 1], l = j ? y[2 * j - 2] : phi, r = j < NA - 1 ? y[2 * j + 2] : u;
    d[2 * j] = al * (r - l) + be * (l - 2 * u + r) - q; d[2 * j + 1] = -q;
  }
  return 0;
}
JF(akzoJ) { // band or sparse
  Y;
  int band = SUNMatGetID(M) == SUNMATRIX_BAND, at = 0;
  sunindextype *cp = band ? 0 : SM_INDEXPTRS_S(M), *ri = band ? 0 : SM_INDEXVALS_S(M);
  double *v = band ? 0 : SM_DATA_S(M);
  for (int c = 0; c < 2 * NA; c++) {
    int j = c / 2, s = c & 1;
    if (band) { double *col = SM_COLUMN_B(M, c); for (int r = c - 2; r <= c + 2; r++) if (r >= 0 && r < 2 * NA) SM_COLUMN_ELEMENT_B(col, r, c) = 0; } else cp[c] = at;
#define PUT(row, value) do { if (band) SM_COLUMN_ELEMENT_B(SM_COLUMN_B(M, c), row, c) = value; else { ri[at] = row; v[at++] = value; } } while (0)
    if (s) { PUT(2 * j, -100 * y[2 * j]); PUT(2 * j + 1, -100 * y[2 * j]); continue; }
    if (j) { AKZO(j - 1); PUT(2 * j - 2, al + be); }
    { AKZO(j); double own = -2 * be - 100 * y[2 * j + 1]; if (j == NA - 1) own += al + be; PUT(2 * j, own); PUT(2 * j + 1, -100 * y[2 * j + 1]); }
    if (j < NA - 1) { AKZO(j + 1); PUT(2 * j + 2, -al + be); }
  }
  if (!band) cp[2 * NA] = at;
  return 0;
}
F(threeF) {
  Y; D; const double m = .012277471, n = 1 - m; double p = y[0] + m, q = y[0] - n, e = p * p + y[1] * y[1], f = q * q + y[1] * y[1], a = 1 / (e * sqrt(e)), b = 1 / (f * sqrt(f));
  d[0] = y[2]; d[1] = y[3]; d[2] = y[0] + 2 * y[3] - n * p * a - m * q * b; d[3] = y[1] - 2 * y[2] - n * y[1] * a - m * y[1] * b;
  return 0;
}
JF(threeJ) {
  BEGINJ; const double m = .012277471, n = 1 - m; double p = y[0] + m, q = y[0] - n, z = y[1], e = p * p + z * z, f = q * q + z * z, a = 1 / (e * sqrt(e)), b = 1 / (f * sqrt(f)), a5 = 3 * a / e, b5 = 3 * b / f;
  memset(SM_DATA_D(M), 0, 16 * sizeof(double));
  J(0, 2) = J(1, 3) = 1; J(2, 3) = 2; J(3, 2) = -2;
  J(2, 0) = 1 - n * (a - a5 * p * p) - m * (b - b5 * q * q); J(2, 1) = J(3, 0) = z * (n * a5 * p + m * b5 * q); J(3, 1) = 1 - n * (a - a5 * z * z) - m * (b - b5 * z * z);
  return 0;
}
static int bruss2f(int N, double t, const double *y, double *d) {
  const double h = 1. / (N - 1), c = 10 / (h * h), f = t >= 1.1 ? 5 : 0;
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) {
    long p = 2 * ((long)i * N + j), w = 2 * ((long)i * N + (j + N - 1) % N), e = 2 * ((long)i * N + (j + 1) % N), s = 2 * ((long)((i + N - 1) % N) * N + j), n = 2 * ((long)((i + 1) % N) * N + j);
    double u = y[p], v = y[p + 1], q = u * u * v, x = j * h - .3, z = i * h - .6;
    d[p] = 1 + q - 4.4 * u + c * (y[w] + y[e] + y[s] + y[n] - 4 * u) + (x * x + z * z <= .01 ? f : 0);
    d[p + 1] = 3.4 * u - q + c * (y[w + 1] + y[e + 1] + y[s + 1] + y[n + 1] - 4 * v);
  }
  return 0;
}
static int bruss2j(int N, const double *y, SUNMatrix M) {
  const double h = 1. / (N - 1), c = 10 / (h * h); long at = 0;
  sunindextype *cp = SM_INDEXPTRS_S(M), *ri = SM_INDEXVALS_S(M); double *v = SM_DATA_S(M);
  for (long k = 0; k < 2L * N * N; k++) {
    long p = k / 2, i = p / N, j = p % N; int s = k & 1;
    double u = y[2 * p], w = y[2 * p + 1];
    long row[6] = {2 * (i * N + (j + N - 1) % N) + s, 2 * (i * N + (j + 1) % N) + s, 2 * (((i + N - 1) % N) * N + j) + s, 2 * (((i + 1) % N) * N + j) + s, 2 * p, 2 * p + 1};
    double value[6] = {c, c, c, c, s ? u * u : 2 * u * w - 4.4 - 4 * c, s ? -u * u - 4 * c : 3.4 - 2 * u * w};
    cp[k] = at;
    for (int a = 0; a < 6; a++) { long b = at; while (b > cp[k] && ri[b - 1] > row[a]) { ri[b] = ri[b - 1]; v[b] = v[b - 1]; b--; } ri[b] = row[a]; v[b] = value[a]; at++; }
  }
  cp[2L * N * N] = at;
  return 0;
}
F(bruss32F) { Y; D; return bruss2f(32, t, y, d); }
JF(bruss32J) { Y; return bruss2j(32, y, M); }
F(bruss128F) { Y; D; return bruss2f(128, t, y, d); }
JF(bruss128J) { Y; return bruss2j(128, y, M); }

static const struct { const char *name; int n; double tEnd, factor; int logTimes; CVRhsFn f; CVLsJacFn j; const char *methods; } problems[] = {
  {"rober", 3, 1e5, 1e-4, 1, roberF, roberJ, "bdf"}, {"hires", 8, 321.8122, 1e-4, 0, hiresF, hiresJ, "bdf"}, {"pollu", 20, 60, 1e-4, 0, polluF, polluJ, "bdf"},
  {"orego", 3, 360, 1e-2, 0, oregoF, oregoJ, "bdf"}, {"vdpol", 2, 2, 1, 0, vdpolF, vdpolJ, "bdf"}, {"bruss1d", NMAX, 10, 1, 0, brussF, brussJ, "klu,band"},
  {"lorenz", 3, 10, 1, 0, lorenzF, lorenzJ, "adams,adamsn,bdf"}, {"pleiades", 28, 3, 1, 0, pleiadesF, pleiadesJ, "adams,adamsn,bdf"},
  {"e5", 4, 1e11, 1e-18, 2, e5F, e5J, "bdf"}, {"ring", 15, 1e-3, 1, 0, ringF, ringJ, "bdf"}, {"medakzo", 400, 20, 1, 0, akzoF, akzoJ, "klu,band"},
  {"threebody", 4, 17.0652165601579625588917206249, 1, 0, threeF, threeJ, "adams,adamsn,bdf"}, {"bruss32", 2048, 11.5, 1, 0, bruss32F, bruss32J, "klu"}, {"bruss128", 32768, 11.5, 1, 0, bruss128F, bruss128J, "klu"}};

static void start(int p, double *y) {
  memset(y, 0, problems[p].n * sizeof(double));
  switch (p) {
    case 0: y[0] = 1; break;
    case 1: y[0] = 1; y[7] = .0057; break;
    case 2: y[1] = .2; y[3] = .04; y[6] = .1; y[7] = .3; y[8] = .01; y[16] = .007; break;
    case 3: y[0] = 1; y[1] = 2; y[2] = 3; break;
    case 4: y[0] = 2; break;
    case 5: for (int i = 0; i < NB; i++) { y[2 * i] = 1 + sin(2 * acos(-1) * (i + 1) / (NB + 1)); y[2 * i + 1] = 3; } break;
    case 6: y[0] = 1; break;
    case 7: { static const double v[28] = {3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0}; memcpy(y, v, sizeof v); } break;
    case 8: y[0] = 1.76e-3; break;
    case 10: for (int j = 0; j < NA; j++) y[2 * j + 1] = 1; break;
    case 11: y[0] = .994; y[3] = -2.00158510637908252240537862224; break;
    case 12: case 13: {
      int N = p == 12 ? 32 : 128;
      for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) { double x = (double)j / (N - 1), z = (double)i / (N - 1); y[2 * (i * N + j)] = 22 * pow(z * (1 - z), 1.5); y[2 * (i * N + j) + 1] = 27 * pow(x * (1 - x), 1.5); }
    }
  }
}

// Largest difference of the analytic Jacobian (dense or band) from central differences, relative to the largest entry of its column.
static double jacobianOff(int p, N_Vector y, SUNMatrix A) {
  int n = problems[p].n, band = SUNMatGetID(A) == SUNMATRIX_BAND;
  N_Vector a = N_VClone(y), b = N_VClone(y);
  double worst = 0, *v = N_VGetArrayPointer(y), *x = N_VGetArrayPointer(a), *z = N_VGetArrayPointer(b);
  problems[p].j(0, y, 0, A, 0, 0, 0, 0);
  for (int c = 0; c < n; c++) {
    double keep = v[c], h = 1e-5 * (fabs(keep) > 1e-30 ? fabs(keep) : 1), top = 0, off = 0;
    v[c] = keep + h; problems[p].f(0, y, a, 0); v[c] = keep - h; problems[p].f(0, y, b, 0); v[c] = keep;
    for (int r = 0; r < n; r++) {
      double e = band ? (abs(r - c) <= 2 ? SM_ELEMENT_B(A, r, c) : 0) : SM_ELEMENT_D(A, r, c), q = (x[r] - z[r]) / (2 * h);
      top = fmax(top, fabs(e)); off = fmax(off, fabs(e - q));
    }
    worst = fmax(worst, off / top);
  }
  N_VDestroy(a); N_VDestroy(b);
  return worst;
}

static char *text;
static int numbers(const char *key, double *out, int max) { // the numbers of the (possibly nested) array after "key":
  char k[64]; snprintf(k, sizeof k, "\"%s\"", key);
  char *p = strstr(text, k);
  int n = 0, depth = 0;
  if (!p) return 0;
  for (p += strlen(k); *p; ) {
    if (*p == '[') { depth++; p++; } else if (*p == ']') { p++; if (!--depth) break; }
    else if (depth && (*p == '-' || (*p >= '0' && *p <= '9'))) { if (n == max) break; out[n++] = strtod(p, &p); } else p++;
  }
  return n;
}
static int ascending(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

int main(int argc, char **argv) {
  const char *dir = "../references";
  double factor = -1;
  int repeat = 0, dump = 0, check = 0, fast = 0, p = -1;
  for (int i = 0; i < (int)(sizeof problems / sizeof *problems) && argc > 3; i++) if (!strcmp(argv[1], problems[i].name)) p = i;
  if (p < 0) { fprintf(stderr, "cvode_problems PROBLEM METHOD|best RTOL[,RTOL..] [options]; see the header\n"); return 1; }
  for (int i = 4; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--ref")) dir = argv[i + 1]; else if (!strcmp(argv[i], "--atol-factor")) factor = atof(argv[i + 1]);
    else if (!strcmp(argv[i], "--repeat")) repeat = atoi(argv[i + 1]); else if (!strcmp(argv[i], "--dump")) dump = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--vectors")) fast = !strcmp(argv[i + 1], "fast");
    else if (!strcmp(argv[i], "--check")) check = atoi(argv[i + 1]);
    else { fprintf(stderr, "unknown option %s\n", argv[i]); return 1; }
  }
  int n = problems[p].n, components = 0;
  double ts[POINTS], *curve = malloc(POINTS * n * sizeof(double)), *ref = malloc(MAXREF * sizeof(double)), which[NLARGEST];
  for (int i = 0; i < POINTS; i++) ts[i] = problems[p].logTimes ? (problems[p].logTimes == 2 ? pow(10, 1 + 10. * i / (POINTS - 1)) : pow(10, -5 + 10. * i / (POINTS - 1))) : problems[p].tEnd * (i + 1) / POINTS;
  if (factor < 0) factor = problems[p].factor;
  if (!dump) {
    char file[1024]; snprintf(file, sizeof file, "%s/%s.json", dir, argv[1]);
    FILE *f = fopen(file, "rb");
    if (!f) { fprintf(stderr, "no reference %s\n", file); return 1; }
    fseek(f, 0, SEEK_END); long size = ftell(f); rewind(f);
    text = calloc(size + 1, 1);
    if (fread(text, 1, size, f) != (size_t)size) return 1;
    fclose(f);
    components = numbers("components", which, NLARGEST);
    if (numbers("values", ref, MAXREF) != POINTS * components || numbers("times", ts, POINTS) != POINTS) { fprintf(stderr, "reference of another shape\n"); return 1; }
  }
  SUNContext ctx;
  SUNContext_Create(0, &ctx);
  char methods[128]; snprintf(methods, sizeof methods, "%s", strcmp(argv[2], "best") ? argv[2] : problems[p].methods);
  for (char *save, *method = strtok_r(methods, ",", &save); method; method = strtok_r(0, ",", &save)) {
    int adams = !strncmp(method, "adams", 5), fixed = !strcmp(method, "adams");
    for (const char *q = argv[3]; *q; ) {
      char *e; double rtol = strtod(q, &e), atol = factor * rtol;
      q = *e ? e + 1 : e;
      N_Vector y = N_VNew_Serial(n, ctx);
      if (fast) fastVectors(y);
      start(p, N_VGetArrayPointer(y));
      void *m = CVodeCreate(adams ? CV_ADAMS : CV_BDF, ctx);
      CVodeInit(m, problems[p].f, 0, y); CVodeSStolerances(m, rtol, atol); CVodeSetMaxNumSteps(m, 50000000);
      SUNMatrix A = 0; SUNLinearSolver L = 0; SUNNonlinearSolver N = 0;
      if (fixed) { N = SUNNonlinSol_FixedPoint(y, 0, ctx); CVodeSetNonlinearSolver(m, N); }
      else {
        if (!strcmp(method, "klu")) { A = SUNSparseMatrix(n, n, 6 * n, CSC_MAT, ctx); L = SUNLinSol_KLU(y, A, ctx); SUNLinSol_KLUSetOrdering(L, 0); }
        else if (!strcmp(method, "band")) { A = SUNBandMatrix(n, 2, 2, ctx); L = SUNLinSol_Band(y, A, ctx); }
        else { A = SUNDenseMatrix(n, n, ctx); L = SUNLinSol_Dense(y, A, ctx); }
        CVodeSetLinearSolver(m, L, A); CVodeSetJacFn(m, problems[p].j);
      }
      double ms[1001]; int runs = 0, most = repeat ? repeat : 51, flag = 0; double total = 0;
      if (dump) most = 1;
      if (most > 1000) most = 1000;
      while (runs < most && (runs < 15 || total < 400) && (runs < 5 || total < 8000 || repeat)) {
        start(p, N_VGetArrayPointer(y));
        double t, t0 = now();
        CVodeReInit(m, 0, y);
        for (int i = 0; i < POINTS && flag >= 0; i++) { flag = CVode(m, ts[i], y, &t, CV_NORMAL); memcpy(curve + (size_t)i * n, N_VGetArrayPointer(y), n * sizeof(double)); }
        total += ms[runs++] = now() - t0;
        if (flag < 0) break;
      }
      if (check && A && strcmp(method, "klu")) fprintf(stderr, "%s: Jacobian off central differences by %.1e\n", argv[1], jacobianOff(p, y, A));
      long st, nf, nj = 0, ns, ni, ne;
      CVodeGetNumSteps(m, &st); CVodeGetNumRhsEvals(m, &nf); CVodeGetNumLinSolvSetups(m, &ns); CVodeGetNumNonlinSolvIters(m, &ni); CVodeGetNumErrTestFails(m, &ne);
      if (!fixed) CVodeGetNumJacEvals(m, &nj);
      if (dump) {
        printf("{\"flag\":%d,\"steps\":%ld,\"times\":[", flag, st);
        for (int i = 0; i < POINTS; i++) printf("%s%.17g", i ? "," : "", ts[i]);
        printf("],\"values\":[");
        for (int i = 0; i < POINTS; i++) for (int j = 0; j < n; j++) printf("%s%.17g", j ? "," : i ? "],[" : "[", curve[(size_t)i * n + j]);
        printf("]]}\n");
      } else {
        double error = 0, end = 0;
        for (int c = 0; c < components; c++) {
          double top = 0, off = 0; int k = which[c];
          for (int i = 0; i < POINTS; i++) { top = fmax(top, fabs(ref[i * components + c])); off = fmax(off, fabs(curve[(size_t)i * n + k] - ref[i * components + c])); }
          if (off / top > error) error = off / top;
          double r = ref[(POINTS - 1) * components + c], x = (curve[(size_t)(POINTS - 1) * n + k] - r) / r;
          end += x * x;
        }
        qsort(ms, runs, sizeof(double), ascending);
        printf("{\"problem\":\"%s\",\"solver\":\"CVODE\",\"build\":\"%s\",\"vectors\":\"%s\",\"method\":\"%s\",\"rtol\":%g,\"atol\":%g,\"ms\":%.5f,\"error\":%.3e,\"endError\":%.3e,\"steps\":%ld,\"rhs\":%ld,\"jacobians\":%ld,\"factorizations\":%ld,\"newton\":%ld,\"errorFailures\":%ld,\"repeat\":%d,\"flag\":%d}\n",
          argv[1], SUNDIALS_BUILD, fast ? "fast" : "library", method, rtol, atol, ms[runs / 2], error, sqrt(end / components), st, nf, nj, ns, ni, ne, runs, flag);
      }
      fflush(stdout);
      CVodeFree(&m); N_VDestroy(y);
      if (L) SUNLinSolFree(L);
      if (A) SUNMatDestroy(A);
      if (N) SUNNonlinSolFree(N);
    }
  }
  return 0;
}
