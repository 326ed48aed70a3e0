/* y = exp(-x x) sin(3 x) + x^3 / (1 + x^2) over N doubles, for bench/compile.ts: built by install.sh with -O3 -march=native -ffast-math, so that
 * gcc uses its vector mathematics (libmvec, at most 4 units in the last place). Prints ns an element as JSON: the median of 15 runs. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

__attribute__((noinline)) static void map(int n, const double *restrict x, double *restrict y) {
  for (int i = 0; i < n; i++) {
    double s = x[i] * x[i];
    y[i] = exp(-s) * sin(3 * x[i]) + s * x[i] / (1 + s);
  }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 1000000;
  double *x = aligned_alloc(64, sizeof(double) * (size_t)(n + 8)), *y = aligned_alloc(64, sizeof(double) * (size_t)(n + 8));
  double times[15];
  if (!x || !y) return 1;
  for (int i = 0; i < n; i++) x[i] = -5 + 10.0 * i / n;
  for (int k = -3; k < 15; k++) {
    double begin = now();
    map(n, x, y);
    if (k >= 0) times[k] = (now() - begin) / n;
  }
  qsort(times, 15, sizeof *times, ascending);
  printf("{\"gcc -O3 -ffast-math, libmvec\": %.4f}\n", times[7]);
  return 0;
}
