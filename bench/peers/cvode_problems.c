// Peer: SUNDIALS CVODE on the small work-precision problems, with analytic Jacobians.
//
// Problems: rober (Robertson), hires, pollu, orego, vdpol (mu = 1e6 in Hairer's scaled form), bruss1d, lorenz, pleiades.
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

static const struct { const char *name; int n; double tEnd, factor; int logTimes; CVRhsFn f; CVLsJacFn j; const char *methods; } problems[] = {
  {"rober", 3, 1e5, 1e-4, 1, roberF, roberJ, "bdf"}, {"hires", 8, 321.8122, 1e-4, 0, hiresF, hiresJ, "bdf"}, {"pollu", 20, 60, 1e-4, 0, polluF, polluJ, "bdf"},
  {"orego", 3, 360, 1e-2, 0, oregoF, oregoJ, "bdf"}, {"vdpol", 2, 2, 1, 0, vdpolF, vdpolJ, "bdf"}, {"bruss1d", NMAX, 10, 1, 0, brussF, brussJ, "klu,band"},
  {"lorenz", 3, 10, 1, 0, lorenzF, lorenzJ, "adams,adamsn,bdf"}, {"pleiades", 28, 3, 1, 0, pleiadesF, pleiadesJ, "adams,adamsn,bdf"}};

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
    case 7: { static const double v[28] = {3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0}; memcpy(y, v, sizeof v); }
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
  for (int i = 0; i < 8 && argc > 3; i++) if (!strcmp(argv[1], problems[i].name)) p = i;
  if (p < 0) { fprintf(stderr, "cvode_problems PROBLEM METHOD|best RTOL[,RTOL..] [options]; see the header\n"); return 1; }
  for (int i = 4; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--ref")) dir = argv[i + 1]; else if (!strcmp(argv[i], "--atol-factor")) factor = atof(argv[i + 1]);
    else if (!strcmp(argv[i], "--repeat")) repeat = atoi(argv[i + 1]); else if (!strcmp(argv[i], "--dump")) dump = atoi(argv[i + 1]);
    else if (!strcmp(argv[i], "--vectors")) fast = !strcmp(argv[i + 1], "fast");
    else if (!strcmp(argv[i], "--check")) check = atoi(argv[i + 1]);
    else { fprintf(stderr, "unknown option %s\n", argv[i]); return 1; }
  }
  int n = problems[p].n, components = 0;
  double ts[POINTS], *curve = malloc(POINTS * n * sizeof(double)), *ref = malloc(MAXREF * sizeof(double)), which[NMAX];
  for (int i = 0; i < POINTS; i++) ts[i] = problems[p].logTimes ? pow(10, -5 + 10. * i / (POINTS - 1)) : problems[p].tEnd * (i + 1) / POINTS;
  if (factor < 0) factor = problems[p].factor;
  if (!dump) {
    char file[1024]; snprintf(file, sizeof file, "%s/%s.json", dir, argv[1]);
    FILE *f = fopen(file, "rb");
    if (!f) { fprintf(stderr, "no reference %s\n", file); return 1; }
    fseek(f, 0, SEEK_END); long size = ftell(f); rewind(f);
    text = calloc(size + 1, 1);
    if (fread(text, 1, size, f) != (size_t)size) return 1;
    fclose(f);
    components = numbers("components", which, NMAX);
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
        if (!strcmp(method, "klu")) { A = SUNSparseMatrix(n, n, 4 * n, CSC_MAT, ctx); L = SUNLinSol_KLU(y, A, ctx); SUNLinSol_KLUSetOrdering(L, 0); }
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
