// Peer: SUNDIALS CVODE in a loop over many small systems that differ in one parameter, with analytic Jacobians, on one thread.
//
// Problems: lorenz (sigma 10, beta 8/3, rho from 24 to 32, to t = 2), rober (k1 from 0.03 to 0.05, to t = 1e4), hires (the rate
//   280 from 200 to 360, to t = 321.8122). Definitions as in cvode_problems.c. 10 evenly spaced outputs, all states.
// Method: bdf (modified Newton, dense LU), adams (fixed-point iteration). One memory block for all members, CVodeReInit for each.
//   Tolerances: rtol, and rtol times the largest size of each state. Own code against the CVODE user guide.
// Timing: the whole loop, memory allocated before, results stored.
// Run: cvode_ensemble PROBLEM METHOD RTOL MEMBERS [--vectors fast]
// Output: one JSON line: problem method rtol members ms steps flag values (of 8 members spread over all: time by time, state by state).
#include "fast_vector.h"
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include <time.h>
#define POINTS 10
#define CHECKED 8

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + 1e-6 * t.tv_nsec; }
#define F(name) static int name(realtype t, N_Vector yv, N_Vector dv, void *u)
#define JF(name) static int name(realtype t, N_Vector yv, N_Vector fy, SUNMatrix M, void *u, N_Vector w1, N_Vector w2, N_Vector w3)
#define Y const double *y = N_VGetArrayPointer(yv), p = *(double *)u
#define D double *d = N_VGetArrayPointer(dv)
#define J(i, j) (SM_DATA_D(M)[(i) + (j) * rows])
#define BEGINJ Y; const long rows = SM_ROWS_D(M); (void)rows; (void)y; (void)p

F(lorenzF) { Y; D; d[0] = 10 * (y[1] - y[0]); d[1] = y[0] * (p - y[2]) - y[1]; d[2] = y[0] * y[1] - 8. / 3 * y[2]; return 0; }
JF(lorenzJ) { BEGINJ; J(0, 0) = -10; J(1, 0) = p - y[2]; J(2, 0) = y[1]; J(0, 1) = 10; J(1, 1) = -1; J(2, 1) = y[0]; J(0, 2) = 0; J(1, 2) = -y[0]; J(2, 2) = -8. / 3; return 0; }
F(roberF) { Y; D; double a = p * y[0], b = 1e4 * y[1] * y[2], c = 3e7 * y[1] * y[1]; d[0] = b - a; d[1] = a - b - c; d[2] = c; return 0; }
JF(roberJ) {
  BEGINJ; double r = 1e4 * y[2], q = 1e4 * y[1], c = 6e7 * y[1];
  J(0, 0) = -p; J(1, 0) = p; J(2, 0) = 0; J(0, 1) = r; J(1, 1) = -r - c; J(2, 1) = c; J(0, 2) = q; J(1, 2) = -q; J(2, 2) = 0;
  return 0;
}
F(hiresF) {
  Y; D; double q = p * y[5] * y[7], e = 1.81 * y[6];
  d[0] = -1.71 * y[0] + .43 * y[1] + 8.32 * y[2] + .0007; d[1] = 1.71 * y[0] - 8.75 * y[1]; d[2] = -10.03 * y[2] + .43 * y[3] + .035 * y[4];
  d[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3]; d[4] = -1.745 * y[4] + .43 * (y[5] + y[6]); d[5] = -q + .69 * (y[3] + y[6]) + 1.71 * y[4] - .43 * y[5];
  d[6] = q - e; d[7] = e - q;
  return 0;
}
JF(hiresJ) {
  BEGINJ; double a = p * y[7], b = p * y[5];
  memset(SM_DATA_D(M), 0, 64 * sizeof(double));
  J(0, 0) = -1.71; J(0, 1) = .43; J(0, 2) = 8.32; J(1, 0) = 1.71; J(1, 1) = -8.75; J(2, 2) = -10.03; J(2, 3) = .43; J(2, 4) = .035; J(3, 1) = 8.32; J(3, 2) = 1.71; J(3, 3) = -1.12;
  J(4, 4) = -1.745; J(4, 5) = J(4, 6) = .43; J(5, 3) = J(5, 6) = .69; J(5, 4) = 1.71; J(5, 5) = -a - .43; J(5, 7) = -b; J(6, 5) = a; J(6, 6) = -1.81; J(6, 7) = b; J(7, 5) = -a; J(7, 6) = 1.81; J(7, 7) = -b;
  return 0;
}

static const struct { const char *name; int n; double tEnd, low, high, start[8], size[8]; CVRhsFn f; CVLsJacFn j; } problems[] = {
  {"lorenz", 3, 2, 24, 32, {1, 1, 1}, {20, 28, 48}, lorenzF, lorenzJ},
  {"rober", 3, 1e4, .03, .05, {1, 0, 0}, {1, 3.7e-5, 1}, roberF, roberJ},
  {"hires", 8, 321.8122, 200, 360, {1, 0, 0, 0, 0, 0, 0, .0057}, {1, .18, .03, .8, .3, 1.2, .0057, .0057}, hiresF, hiresJ},
};

int main(int argc, char **argv) {
  int q = -1, fast = argc > 6 && !strcmp(argv[6], "fast");
  for (int i = 0; argc > 4 && i < (int)(sizeof problems / sizeof *problems); i++) if (!strcmp(argv[1], problems[i].name)) q = i;
  if (q < 0) { fprintf(stderr, "cvode_ensemble PROBLEM bdf|adams RTOL MEMBERS [--vectors fast]\n"); return 1; }
  int n = problems[q].n, members = atoi(argv[4]), adams = !strcmp(argv[2], "adams"), flag = 0;
  double rtol = atof(argv[3]), p = problems[q].low;
  double *values = malloc(sizeof(double) * members * POINTS * n);
  memset(values, 0, sizeof(double) * members * POINTS * n);
  SUNContext ctx;
  SUNContext_Create(0, &ctx);
  N_Vector y = N_VNew_Serial(n, ctx), atol = N_VNew_Serial(n, ctx);
  if (fast) { fastVectors(y); fastVectors(atol); }
  for (int i = 0; i < n; i++) NV_Ith_S(atol, i) = rtol * problems[q].size[i];
  memcpy(N_VGetArrayPointer(y), problems[q].start, n * sizeof(double));
  void *m = CVodeCreate(adams ? CV_ADAMS : CV_BDF, ctx);
  CVodeInit(m, problems[q].f, 0, y); CVodeSVtolerances(m, rtol, atol); CVodeSetUserData(m, &p); CVodeSetMaxNumSteps(m, 1000000);
  if (adams) CVodeSetNonlinearSolver(m, SUNNonlinSol_FixedPoint(y, 0, ctx));
  else { SUNMatrix A = SUNDenseMatrix(n, n, ctx); CVodeSetLinearSolver(m, SUNLinSol_Dense(y, A, ctx), A); CVodeSetJacFn(m, problems[q].j); }
  long steps = 0;
  double begin = now();
  for (int j = 0; j < members && flag >= 0; j++) {
    p = problems[q].low + (problems[q].high - problems[q].low) * j / (members - 1);
    memcpy(N_VGetArrayPointer(y), problems[q].start, n * sizeof(double));
    CVodeReInit(m, 0, y);
    for (int i = 0; i < POINTS && flag >= 0; i++) {
      double t;
      flag = CVode(m, problems[q].tEnd * (i + 1) / POINTS, y, &t, CV_NORMAL);
      memcpy(values + ((size_t)j * POINTS + i) * n, N_VGetArrayPointer(y), n * sizeof(double));
    }
    long st;
    CVodeGetNumSteps(m, &st);
    steps += st;
  }
  double ms = now() - begin;
  printf("{\"problem\":\"%s\",\"build\":\"%s\",\"method\":\"%s\",\"rtol\":%g,\"members\":%d,\"ms\":%.3f,\"steps\":%ld,\"flag\":%d,\"values\":[", argv[1], SUNDIALS_BUILD, argv[2], rtol, members, ms, steps, flag);
  for (int c = 0; c < CHECKED; c++) {
    int j = (int)((long)c * (members - 1) / (CHECKED - 1));
    for (int i = 0; i < POINTS * n; i++) printf("%s%.17g", c || i ? "," : "", values[(size_t)j * POINTS * n + i]);
  }
  printf("]}\n");
  return 0;
}
