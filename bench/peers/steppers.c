/* Classical Runge-Kutta steps of HIRES (8 states, 12 rate constants), as one writes them in C: the peer of bench/steppers.ts.
 *   steppers single STEPS REPETITIONS
 *   steppers sweeps|blocks STEPS REPETITIONS MEMBERS THREADS
 * `sweeps`: structure of arrays, each stage a loop over all members of a thread. `blocks`: blocks of members are copied to contiguous
 * memory, a whole step is one loop. Members have their own k1 and k10. Prints median nanoseconds a step (and member), and a checksum.
 * Build: gcc -O3 -march=native -pthread steppers.c -o build/steppers */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 8, BLOCK = 64 };
static const double k[12] = {1.71, 0.43, 8.32, 0.0007, 8.75, 10.03, 0.035, 1.12, 1.745, 280, 0.69, 1.81};
static const double start[N] = {1, 0, 0, 0, 0, 0, 0, 0.0057};

static inline void rhs(const double *restrict y, const double *restrict p, double *restrict d) {
  double r = p[9] * y[5] * y[7];
  d[0] = -p[0] * y[0] + p[1] * y[1] + p[2] * y[2] + p[3];
  d[1] = p[0] * y[0] - p[4] * y[1];
  d[2] = -p[5] * y[2] + p[1] * y[3] + p[6] * y[4];
  d[3] = p[2] * y[1] + p[0] * y[2] - p[7] * y[3];
  d[4] = -p[8] * y[4] + p[1] * (y[5] + y[6]);
  d[5] = -r + p[10] * (y[3] + y[6]) + p[0] * y[4] - p[1] * y[5];
  d[6] = r - p[11] * y[6];
  d[7] = -r + p[11] * y[6];
}

static inline void step(double *restrict y, const double *restrict p, double h) {
  double k1[N], k2[N], k3[N], k4[N], s[N];
  rhs(y, p, k1);
  for (int i = 0; i < N; i++) s[i] = y[i] + h / 2 * k1[i];
  rhs(s, p, k2);
  for (int i = 0; i < N; i++) s[i] = y[i] + h / 2 * k2[i];
  rhs(s, p, k3);
  for (int i = 0; i < N; i++) s[i] = y[i] + h * k3[i];
  rhs(s, p, k4);
  for (int i = 0; i < N; i++) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

__attribute__((noinline)) static void single(double *y, const double *p, double h, int steps) {
  for (int i = 0; i < steps; i++) step(y, p, h);
}

struct work {
  int m, from, to, steps;
  double h, *y, *k1, *k10;
};

static void blocks(struct work *w) {
  double Y[N][BLOCK], A[BLOCK], B[BLOCK];
  for (int b = w->from; b < w->to; b += BLOCK) {
    int n = w->to - b < BLOCK ? w->to - b : BLOCK;
    for (int s = 0; s < N; s++) memcpy(Y[s], w->y + (long)s * w->m + b, n * sizeof(double));
    memcpy(A, w->k1 + b, n * sizeof(double));
    memcpy(B, w->k10 + b, n * sizeof(double));
    for (int i = 0; i < w->steps; i++)
      for (int j = 0; j < n; j++) {
        double y[N], p[12];
        for (int s = 0; s < N; s++) y[s] = Y[s][j];
        for (int s = 0; s < 12; s++) p[s] = k[s];
        p[0] = A[j];
        p[9] = B[j];
        step(y, p, w->h);
        for (int s = 0; s < N; s++) Y[s][j] = y[s];
      }
    for (int s = 0; s < N; s++) memcpy(w->y + (long)s * w->m + b, Y[s], n * sizeof(double));
  }
}

static void rhsAll(int n, int m, const double *restrict y, const double *restrict A, const double *restrict B, double *restrict d) {
  for (int j = 0; j < n; j++) {
    double v[N], p[12], o[N];
    for (int s = 0; s < N; s++) v[s] = y[s * m + j];
    for (int s = 0; s < 12; s++) p[s] = k[s];
    p[0] = A[j];
    p[9] = B[j];
    rhs(v, p, o);
    for (int s = 0; s < N; s++) d[s * m + j] = o[s];
  }
}

static void sweeps(struct work *w) {
  int n = w->to - w->from, m = w->m;
  double *y = w->y + w->from, *buffer = malloc(sizeof(double) * 3 * N * m), *d = buffer, *s = buffer + N * m, *t = buffer + 2 * N * m;
  static const double a[4] = {0.5, 0.5, 1, 0}, b[4] = {1. / 6, 1. / 3, 1. / 3, 1. / 6};
  for (int i = 0; i < w->steps; i++) {
    for (int q = 0; q < N; q++) memcpy(t + q * m, y + q * m, n * sizeof(double));
    for (int stage = 0; stage < 4; stage++) {
      rhsAll(n, m, stage ? s : y, w->k1 + w->from, w->k10 + w->from, d);
      for (int q = 0; q < N; q++) {
        double *restrict tq = t + q * m, *restrict sq = s + q * m;
        const double *dq = d + q * m, *yq = y + q * m;
        for (int j = 0; j < n; j++) {
          tq[j] += w->h * b[stage] * dq[j];
          sq[j] = yq[j] + w->h * a[stage] * dq[j];
        }
      }
    }
    for (int q = 0; q < N; q++) memcpy(y + q * m, t + q * m, n * sizeof(double));
  }
  free(buffer);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void *runBlocks(void *w) { blocks(w); return 0; }
static void *runSweeps(void *w) { sweeps(w); return 0; }

int main(int count, char **arg) {
  int one = count > 3 && !strcmp(arg[1], "single");
  if (count < 4 || (!one && count < 6)) return 2;
  int steps = atoi(arg[2]), repetitions = atoi(arg[3]), m = one ? 1 : atoi(arg[4]), threads = one ? 1 : atoi(arg[5]);
  void *(*run)(void *) = strcmp(arg[1], "blocks") ? runSweeps : runBlocks;
  double *y = malloc(sizeof(double) * N * m), *A = malloc(sizeof(double) * m), *B = malloc(sizeof(double) * m);
  double *times = malloc(sizeof(double) * repetitions), h = 1e-3, sum = 0;
  for (int j = 0; j < m; j++) A[j] = k[0] * (1 + 0.1 * j / m), B[j] = k[9] * (1 + (double)j / m);
  for (int r = 0; r < repetitions; r++) {
    for (int s = 0; s < N; s++) for (int j = 0; j < m; j++) y[s * m + j] = start[s];
    double begin = now();
    if (one) single(y, k, h, steps);
    else {
      pthread_t id[64];
      struct work w[64];
      for (int t = 0; t < threads; t++) {
        w[t] = (struct work){m, (long)m * t / threads, (long)m * (t + 1) / threads, steps, h, y, A, B};
        if (t) pthread_create(&id[t], 0, run, &w[t]);
      }
      run(&w[0]);
      for (int t = 1; t < threads; t++) pthread_join(id[t], 0);
    }
    times[r] = (now() - begin) / steps / m;
  }
  qsort(times, repetitions, sizeof(double), ascending);
  for (int i = 0; i < N * m; i++) sum += y[i];
  printf("{\"ns\":%.3f,\"sum\":%.17g}\n", times[repetitions / 2], sum);
  return 0;
}
