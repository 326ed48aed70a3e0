// Peer: a mass-action reaction network solved by SUNDIALS CVODE (BDF, modified Newton) with the KLU sparse direct solver.
//
// Method: table-driven right-hand side and analytic sparse Jacobian (compressed columns, the full diagonal kept in the
//   pattern so that I - gamma J never changes it); KLU with AMD ordering unless --ordering says otherwise. The time
//   printed is that of the integration alone, output by interpolation (CV_NORMAL) included, set-up and files excluded.
// Source: the CVODE and KLU user guides (Hindmarsh, Serban et al. 2005; Davis, Palamadai Natarajan 2010); own code.
// Input: the table of net_to_table.py (format in its header; indices from 0):
//   network-table 1 / species N / N lines y0 / reactions M / M lines `k r i1..ir s j1 c1..js cs` /
//   groups G / G lines `name m i1 c1..im cm`. At most 5 reactants per reaction.
// Run: cvode_network --table FILE --t-end T [--rtol R] [--atol A | --atol-factor F (atol = F*rtol)]
//   [--times a,b,.. | --count N (N equal intervals)] [--out FILE.csv] [--ordering amd|colamd|natural] [--trace FILE]
//   [--repeat N] [--timers 0|1] [--max-order Q] [--method bdf|dirk] [--all-species 1]
//   --timers 1 (default) also measures the parts; 0 leaves the callbacks bare. --repeat prints the median ms.
//   --trace FILE takes the steps one by one and writes t,h,order,setups,newton,errorfails,convfails after each.
//   --vectors library|fast: SUNDIALS' own vector operations (default) or those of fast_vector.h.
//   --method dirk: ARKODE, fifth-order singly diagonally implicit Runge-Kutta (an independent check of references).
// Output: one JSON line: solver build vectors ordering rtol atol ms msAll flag steps rhs jacobians factorizations (linear solver set-ups) newton
//   errorFailures convergenceFailures nnzJ nnzL nnzU (diagonals counted in both) nnzOff blocks maxBlock flops (of one factorization) denseTail
//   (largest s with the last s columns of L at least 90 % full, of blocks = 1) and, with timers,
//   msRhs msJac msFactor msSolve (averages per call), callsX, shareX (fraction of ms), and bench* (parts timed alone).
#include "fast_vector.h"
#include <arkode/arkode_arkstep.h>
#include <cvode/cvode.h>
#include <klu.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>
#include <time.h>

typedef struct { int count, *reactant[5]; double *k; int order, *from, *species; double *change; } Class; // reactions with `order` reactants
static int n, reactions, groups;
static double *start0;
static Class class[6];
static char (*groupName)[64];
static int *groupFrom, *groupSpecies;
static double *groupWeight;
// Jacobian: derivative d of a reaction's flux by one of its reactants, then its entries.
static int derivatives, *dOther[4], *dOrder, *dFrom, nnz, *entryAt, *colPtr, *rowIdx, *diagAt;
static double *dK, *entryChange;

typedef struct { double ms; long calls; } Timer;
static Timer tRhs, tJac, tSetup, tSolve;
static int timers = 1;
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + 1e-6 * t.tv_nsec; }
static void die(const char *s) { fprintf(stderr, "%s\n", s); exit(1); }
static void *get(size_t bytes) { void *p = calloc(bytes ? bytes : 1, 1); if (!p) die("out of memory"); return p; }

static void readTable(const char *file) {
  FILE *f = fopen(file, "r");
  if (!f) die("cannot open the table");
  int version;
  if (fscanf(f, " network-table %d species %d", &version, &n) != 2 || version != 1) die("not a network table");
  start0 = get(n * sizeof(double));
  for (int i = 0; i < n; i++) if (fscanf(f, "%lf", &start0[i]) != 1) die("bad species");
  if (fscanf(f, " reactions %d", &reactions) != 1) die("bad reactions");
  for (int r = 0; r < 6; r++) {
    class[r].order = r; class[r].k = get(reactions * sizeof(double)); class[r].from = get((reactions + 1) * sizeof(int));
    for (int q = 0; q < 5; q++) class[r].reactant[q] = get(reactions * sizeof(int));
  }
  int cap[6] = {0}, used[6] = {0};
  for (int m = 0; m < reactions; m++) {
    double k; int r, v[5], s;
    if (fscanf(f, "%lf %d", &k, &r) != 2 || r < 0 || r > 5) die("bad reaction");
    for (int q = 0; q < r; q++) if (fscanf(f, "%d", &v[q]) != 1) die("bad reactant");
    if (fscanf(f, "%d", &s) != 1) die("bad reaction");
    Class *c = &class[r];
    int i = c->count++;
    c->k[i] = k;
    for (int q = 0; q < r; q++) c->reactant[q][i] = v[q];
    if (used[r] + s > cap[r]) {
      cap[r] = 2 * (used[r] + s) + 64;
      c->species = realloc(c->species, cap[r] * sizeof(int)); c->change = realloc(c->change, cap[r] * sizeof(double));
    }
    for (int q = 0; q < s; q++, used[r]++) if (fscanf(f, "%d %lf", &c->species[used[r]], &c->change[used[r]]) != 2) die("bad change");
    c->from[i + 1] = used[r];
  }
  if (fscanf(f, " groups %d", &groups) != 1) die("bad groups");
  groupName = get(groups * 64); groupFrom = get((groups + 1) * sizeof(int));
  int capacity = 0, total = 0;
  for (int g = 0; g < groups; g++) {
    int m;
    if (fscanf(f, "%63s %d", groupName[g], &m) != 2) die("bad group");
    if (total + m > capacity) {
      capacity = 2 * (total + m);
      groupSpecies = realloc(groupSpecies, capacity * sizeof(int)); groupWeight = realloc(groupWeight, capacity * sizeof(double));
    }
    for (int q = 0; q < m; q++, total++) if (fscanf(f, "%d %lf", &groupSpecies[total], &groupWeight[total]) != 2) die("bad group");
    groupFrom[g + 1] = total;
  }
  fclose(f);
}

static int byNumber(const void *a, const void *b) { long x = *(const long *)a, y = *(const long *)b; return (x > y) - (x < y); }

static void planJacobian(void) {
  int maxD = 0, maxE = 0;
  for (int r = 1; r < 6; r++) maxD += r * class[r].count, maxE += class[r].count ? r * class[r].from[class[r].count] : 0;
  dK = get(maxD * sizeof(double)); dOrder = get(maxD * sizeof(int)); dFrom = get((maxD + 1) * sizeof(int));
  for (int q = 0; q < 4; q++) dOther[q] = get(maxD * sizeof(int));
  long *key = get((maxE + n) * sizeof(long)), *where = get(maxE * sizeof(long));
  entryChange = get(maxE * sizeof(double));
  int e = 0;
  for (int r = 1; r < 6; r++) for (int i = 0; i < class[r].count; i++) {
    Class *c = &class[r];
    for (int q = 0; q < r; q++) { // distinct reactants with their multiplicity
      int s = c->reactant[q][i], times = 0, seen = 0;
      for (int p = 0; p < r; p++) { times += c->reactant[p][i] == s; seen |= p < q && c->reactant[p][i] == s; }
      if (seen) continue;
      int d = derivatives++, o = 0;
      dK[d] = c->k[i] * times; dOrder[d] = r - 1;
      for (int p = 0; p < r; p++) if (p != q) dOther[o++][d] = c->reactant[p][i];
      for (int p = c->from[i]; p < c->from[i + 1]; p++, e++) { where[e] = (long)s * n + c->species[p]; entryChange[e] = c->change[p]; }
      dFrom[d + 1] = e;
    }
  }
  memcpy(key, where, e * sizeof(long));
  for (int i = 0; i < n; i++) key[e + i] = (long)i * n + i;
  qsort(key, e + n, sizeof(long), byNumber);
  for (int i = 0; i < e + n; i++) if (!i || key[i] != key[i - 1]) key[nnz++] = key[i];
  colPtr = get((n + 1) * sizeof(int)); rowIdx = get(nnz * sizeof(int)); diagAt = get(n * sizeof(int)); entryAt = get(e * sizeof(int));
  for (int i = 0; i < nnz; i++) { rowIdx[i] = key[i] % n; colPtr[key[i] / n + 1] = i + 1; }
  for (int i = 0; i < e; i++) entryAt[i] = (long *)bsearch(&where[i], key, nnz, sizeof(long), byNumber) - key;
  free(key); free(where);
}

static void evalRhs(const double *restrict y, double *restrict d) {
  memset(d, 0, n * sizeof(double));
  for (int r = 0; r < 6; r++) {
    const Class *c = &class[r];
    const int *a = c->reactant[0], *b = c->reactant[1], *from = c->from, *sp = c->species;
    const double *k = c->k, *w = c->change;
    for (int i = 0; i < c->count; i++) {
      double v = k[i];
      if (r == 1) v *= y[a[i]];
      else if (r == 2) v *= y[a[i]] * y[b[i]];
      else for (int q = 0; q < r; q++) v *= y[c->reactant[q][i]];
      for (int p = from[i]; p < from[i + 1]; p++) d[sp[p]] += w[p] * v;
    }
  }
}
static void evalJac(const double *restrict y, double *restrict J) {
  memset(J, 0, nnz * sizeof(double));
  for (int d = 0; d < derivatives; d++) {
    double v = dK[d];
    for (int q = 0; q < dOrder[d]; q++) v *= y[dOther[q][d]];
    for (int e = dFrom[d]; e < dFrom[d + 1]; e++) J[entryAt[e]] += entryChange[e] * v;
  }
}
static int rhs(realtype t, N_Vector y, N_Vector d, void *u) {
  if (!timers) { evalRhs(N_VGetArrayPointer(y), N_VGetArrayPointer(d)); return 0; }
  double t0 = now();
  evalRhs(N_VGetArrayPointer(y), N_VGetArrayPointer(d));
  tRhs.ms += now() - t0; tRhs.calls++;
  return 0;
}
static int jac(realtype t, N_Vector y, N_Vector fy, SUNMatrix J, void *u, N_Vector a, N_Vector b, N_Vector c) {
  double t0 = timers ? now() : 0;
  sunindextype *cp = SM_INDEXPTRS_S(J), *ri = SM_INDEXVALS_S(J);
  for (int i = 0; i <= n; i++) cp[i] = colPtr[i];
  for (int i = 0; i < nnz; i++) ri[i] = rowIdx[i];
  evalJac(N_VGetArrayPointer(y), SM_DATA_S(J));
  if (timers) { tJac.ms += now() - t0; tJac.calls++; }
  return 0;
}
static int (*kluSetup)(SUNLinearSolver, SUNMatrix);
static int (*kluSolve)(SUNLinearSolver, SUNMatrix, N_Vector, N_Vector, realtype);
static int timedSetup(SUNLinearSolver S, SUNMatrix A) { double t0 = now(); int f = kluSetup(S, A); tSetup.ms += now() - t0; tSetup.calls++; return f; }
static int timedSolve(SUNLinearSolver S, SUNMatrix A, N_Vector x, N_Vector b, realtype tol) { double t0 = now(); int f = kluSolve(S, A, x, b, tol); tSolve.ms += now() - t0; tSolve.calls++; return f; }

static long denseTail(const sun_klu_numeric *N) {
  double have = 0;
  long best = 0;
  for (long s = 1; s <= N->n; s++) { have += N->Llen[N->n - s] + 1; if (have >= .9 * s * (s + 1) / 2) best = s; }
  return best;
}

static int byValue(const void *a, const void *b) { double x = *(const double *)a, y = *(const double *)b; return (x > y) - (x < y); }

int main(int argc, char **argv) {
  const char *table = 0, *times = 0, *out = 0, *ordering = "amd", *trace = 0, *method = "bdf";
  double rtol = 1e-6, atol = -1, factor = 1, tEnd = 1, *ts;
  int count = 1, repeat = 1, maxOrder = 0, allSpecies = 0, fast = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *k = argv[i], *v = argv[i + 1];
    if (!strcmp(k, "--table")) table = v; else if (!strcmp(k, "--rtol")) rtol = atof(v); else if (!strcmp(k, "--atol")) atol = atof(v);
    else if (!strcmp(k, "--atol-factor")) factor = atof(v); else if (!strcmp(k, "--t-end")) tEnd = atof(v); else if (!strcmp(k, "--times")) times = v;
    else if (!strcmp(k, "--count")) count = atoi(v); else if (!strcmp(k, "--out")) out = v; else if (!strcmp(k, "--ordering")) ordering = v;
    else if (!strcmp(k, "--trace")) trace = v; else if (!strcmp(k, "--repeat")) repeat = atoi(v); else if (!strcmp(k, "--timers")) timers = atoi(v);
    else if (!strcmp(k, "--max-order")) maxOrder = atoi(v); else if (!strcmp(k, "--method")) method = v; else if (!strcmp(k, "--all-species")) allSpecies = atoi(v);
    else if (!strcmp(k, "--vectors")) fast = !strcmp(v, "fast");
    else die("unknown option; see the header");
  }
  if (!table) die("--table is needed; see the header");
  if (atol < 0) atol = factor * rtol;
  readTable(table);
  planJacobian();
  if (times) {
    count = 1; for (const char *p = times; *p; p++) count += *p == ',';
    ts = get(count * sizeof(double));
    const char *p = times;
    for (int i = 0; i < count; i++) { char *e; ts[i] = strtod(p, &e); p = e + 1; }
  } else {
    ts = get(count * sizeof(double));
    for (int i = 0; i < count; i++) ts[i] = tEnd * (i + 1) / count;
  }
  double *result = get((size_t)(count + 1) * groups * sizeof(double)), *msAll = get(repeat * sizeof(double)), *states = allSpecies ? get((size_t)(count + 1) * n * sizeof(double)) : 0;
  int dirk = !strcmp(method, "dirk"), flag = 0;
  long steps = 0, nf = 0, nje = 0, nset = 0, nni = 0, netf = 0, ncfn = 0, lnz = 0, unz = 0, nzoff = 0, blocks = 0, maxBlock = 0, tail = 0;
  double benchRhs = 0, benchJac = 0, benchFactor = 0, benchRefactor = 0, benchSolve = 0, flops = 0, msTotal = 0;
  SUNContext ctx;
  SUNContext_Create(0, &ctx);
  for (int run = 0; run < repeat; run++) {
    tRhs = tJac = tSetup = tSolve = (Timer){0, 0};
    N_Vector y = N_VNew_Serial(n, ctx);
    if (fast) fastVectors(y);
    N_Vector work = N_VClone(y);
    memcpy(N_VGetArrayPointer(y), start0, n * sizeof(double));
    void *m = dirk ? ARKStepCreate(0, rhs, 0, y, ctx) : CVodeCreate(CV_BDF, ctx);
    SUNMatrix A = SUNSparseMatrix(n, n, nnz, CSC_MAT, ctx);
    SUNLinearSolver L = SUNLinSol_KLU(y, A, ctx);
    SUNLinSol_KLUSetOrdering(L, !strcmp(ordering, "amd") ? 0 : !strcmp(ordering, "colamd") ? 1 : 2);
    kluSetup = L->ops->setup; kluSolve = L->ops->solve;
    if (timers) { L->ops->setup = timedSetup; L->ops->solve = timedSolve; }
    if (dirk) {
      ARKStepSStolerances(m, rtol, atol); ARKStepSetOrder(m, 5); ARKStepSetMaxNumSteps(m, 100000000);
      ARKStepSetLinearSolver(m, L, A); ARKStepSetJacFn(m, jac); ARKStepSetNonlinConvCoef(m, 1e-3);
    } else {
      CVodeInit(m, rhs, 0, y); CVodeSStolerances(m, rtol, atol); CVodeSetMaxNumSteps(m, 100000000); CVodeSetLinearSolver(m, L, A); CVodeSetJacFn(m, jac);
      if (maxOrder) CVodeSetMaxOrd(m, maxOrder);
    }
    FILE *tf = trace ? fopen(trace, "w") : 0;
    if (tf) fprintf(tf, "t,h,order,setups,newton,errorfails,convfails\n");
    double t = 0, tn = 0, start = now();
    for (int i = 0; i <= count && flag >= 0; i++) {
      double *v = N_VGetArrayPointer(y);
      if (i && dirk) { ARKStepSetStopTime(m, ts[i - 1]); flag = ARKStepEvolve(m, ts[i - 1], y, &t, ARK_NORMAL); }
      else if (i && tf) {
        while (tn < ts[i - 1] && (flag = CVode(m, ts[i - 1], y, &tn, CV_ONE_STEP)) >= 0) {
          double h; int q; CVodeGetLastStep(m, &h); CVodeGetLastOrder(m, &q); CVodeGetNumLinSolvSetups(m, &nset); CVodeGetNumNonlinSolvIters(m, &nni); CVodeGetNumErrTestFails(m, &netf); CVodeGetNumNonlinSolvConvFails(m, &ncfn);
          fprintf(tf, "%.10g,%.6g,%d,%ld,%ld,%ld,%ld\n", tn, h, q, nset, nni, netf, ncfn);
        }
        if (flag >= 0) { CVodeGetDky(m, ts[i - 1], 0, work); v = N_VGetArrayPointer(work); }
      } else if (i) flag = CVode(m, ts[i - 1], y, &t, CV_NORMAL);
      for (int g = 0; g < groups; g++) {
        double s = 0;
        for (int p = groupFrom[g]; p < groupFrom[g + 1]; p++) s += groupWeight[p] * v[groupSpecies[p]];
        result[(size_t)i * groups + g] = s;
      }
      if (states) memcpy(states + (size_t)i * n, v, n * sizeof(double));
    }
    msAll[run] = now() - start;
    msTotal += msAll[run];
    if (tf) fclose(tf);
    if (dirk) { long nfe; ARKStepGetNumSteps(m, &steps); ARKStepGetNumRhsEvals(m, &nfe, &nf); ARKStepGetNumJacEvals(m, &nje); ARKStepGetNumLinSolvSetups(m, &nset); ARKStepGetNumNonlinSolvIters(m, &nni); ARKStepGetNumErrTestFails(m, &netf); ARKStepGetNumNonlinSolvConvFails(m, &ncfn); }
    else { CVodeGetNumSteps(m, &steps); CVodeGetNumRhsEvals(m, &nf); CVodeGetNumJacEvals(m, &nje); CVodeGetNumLinSolvSetups(m, &nset); CVodeGetNumNonlinSolvIters(m, &nni); CVodeGetNumErrTestFails(m, &netf); CVodeGetNumNonlinSolvConvFails(m, &ncfn); }
    sun_klu_numeric *N = SUNLinSol_KLUGetNumeric(L);
    sun_klu_symbolic *S = SUNLinSol_KLUGetSymbolic(L);
    sun_klu_common *C = SUNLinSol_KLUGetCommon(L);
    if (N) { lnz = N->lnz; unz = N->unz; klu_l_flops(S, N, C); flops = C->flops; tail = denseTail(N); nzoff = N->nzoff; blocks = S->nblocks; maxBlock = S->maxblock; }
    if (N && timers && run == repeat - 1) { // parts alone, on the last matrix of the solve (I - gamma J there)
      double *d = get(n * sizeof(double)), *J = get(nnz * sizeof(double)), *v = N_VGetArrayPointer(y), t0;
      int k = 200;
      t0 = now(); for (int i = 0; i < k; i++) evalRhs(v, d); benchRhs = (now() - t0) / k;
      t0 = now(); for (int i = 0; i < k; i++) evalJac(v, J); benchJac = (now() - t0) / k;
      SuiteSparse_long *cp = (SuiteSparse_long *)SM_INDEXPTRS_S(A), *ri = (SuiteSparse_long *)SM_INDEXVALS_S(A); double *ax = SM_DATA_S(A);
      k = 50;
      t0 = now(); for (int i = 0; i < k; i++) klu_l_refactor(cp, ri, ax, S, N, C); benchRefactor = (now() - t0) / k;
      t0 = now(); for (int i = 0; i < k; i++) klu_l_solve(S, N, n, 1, d, C); benchSolve = (now() - t0) / k;
      t0 = now(); for (int i = 0; i < k; i++) { klu_l_numeric *M = klu_l_factor(cp, ri, ax, S, C); klu_l_free_numeric(&M, C); } benchFactor = (now() - t0) / k;
      free(d); free(J);
    }
    if (dirk) ARKStepFree(&m); else CVodeFree(&m);
    SUNLinSolFree(L); SUNMatDestroy(A); N_VDestroy(y); N_VDestroy(work);
  }
  if (out) {
    FILE *f = fopen(out, "w");
    if (!f) die("cannot write the output");
    fprintf(f, "time");
    for (int g = 0; g < groups; g++) fprintf(f, ",%s", groupName[g]);
    if (states) for (int s = 0; s < n; s++) fprintf(f, ",s%d", s);
    for (int i = 0; i <= count; i++) {
      fprintf(f, "\n%.17g", i ? ts[i - 1] : 0);
      for (int g = 0; g < groups; g++) fprintf(f, ",%.17g", result[(size_t)i * groups + g]);
      if (states) for (int s = 0; s < n; s++) fprintf(f, ",%.17g", states[(size_t)i * n + s]);
    }
    fprintf(f, "\n");
    fclose(f);
  }
  double last = msAll[repeat - 1];
  qsort(msAll, repeat, sizeof(double), byValue);
  printf("{\"solver\":\"%s\",\"build\":\"%s\",\"vectors\":\"%s\",\"ordering\":\"%s\",\"rtol\":%g,\"atol\":%g,\"tEnd\":%g,\"outputs\":%d,\"repeat\":%d,\"flag\":%d,\"ms\":%.4f,\"steps\":%ld,\"rhs\":%ld,\"jacobians\":%ld,\"factorizations\":%ld,\"newton\":%ld,\"errorFailures\":%ld,\"convergenceFailures\":%ld,\"species\":%d,\"reactions\":%d,\"nnzJ\":%d,\"nnzL\":%ld,\"nnzU\":%ld,\"nnzOff\":%ld,\"blocks\":%ld,\"maxBlock\":%ld,\"flops\":%.0f,\"denseTail\":%ld",
    dirk ? "ARKODE-DIRK5-KLU" : "CVODE-BDF-KLU", SUNDIALS_BUILD, fast ? "fast" : "library", ordering, rtol, atol, tEnd, count, repeat, flag, msAll[repeat / 2], steps, nf, nje, nset, nni, netf, ncfn, n, reactions, nnz, lnz, unz, nzoff, blocks, maxBlock, flops, tail);
  if (timers) {
    printf(",\"msRhs\":%.5f,\"callsRhs\":%ld,\"shareRhs\":%.4f,\"msJac\":%.5f,\"callsJac\":%ld,\"shareJac\":%.4f,\"msFactor\":%.5f,\"callsFactor\":%ld,\"shareFactor\":%.4f,\"msSolve\":%.5f,\"callsSolve\":%ld,\"shareSolve\":%.4f", tRhs.ms / tRhs.calls, tRhs.calls, tRhs.ms / last,
      tJac.ms / tJac.calls, tJac.calls, tJac.ms / last, tSetup.ms / tSetup.calls, tSetup.calls, tSetup.ms / last, tSolve.ms / tSolve.calls, tSolve.calls, tSolve.ms / last);
    printf(",\"benchRhs\":%.5f,\"benchJac\":%.5f,\"benchFactor\":%.5f,\"benchRefactor\":%.5f,\"benchSolve\":%.5f", benchRhs, benchJac, benchFactor, benchRefactor, benchSolve);
  }
  printf("}\n");
  return flag < 0;
}
