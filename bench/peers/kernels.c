// Native peers of bench/kernels.ts: the same kernels in plain C, for gcc -O3 -march=native, and OpenBLAS' matrix products.
// kernels NAME N ROUNDS prints {"name","n","ms"}: the median over the rounds of one call (or of ten conjugate-gradient steps).
// The last line of the file lists the names. Compiled with -DOPENBLAS where cblas.h is there, on one thread.
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef OPENBLAS
#include <cblas.h>
void openblas_set_num_threads(int);
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static void *room(size_t bytes) {
  void *p = NULL;
  if (posix_memalign(&p, 64, bytes)) exit(2);
  memset(p, 0, bytes);
  return p;
}

static double *numbers(size_t n) {
  double *x = room(8 * n);
  unsigned s = 12345;
  for (size_t i = 0; i < n; i++) x[i] = (s = s * 1103515245u + 12345u) / 4294967296.0 - 0.5;
  return x;
}

static float *singles(size_t n) {
  float *x = room(4 * n);
  unsigned s = 12345;
  for (size_t i = 0; i < n; i++) x[i] = (float)((s = s * 1103515245u + 12345u) / 4294967296.0 - 0.5);
  return x;
}

#define API __attribute__((noinline))
API void copy(int n, const double *restrict a, double *restrict c) { for (int i = 0; i < n; i++) c[i] = a[i]; }
API void scale(int n, double s, const double *restrict c, double *restrict b) { for (int i = 0; i < n; i++) b[i] = s * c[i]; }
API void sum(int n, const double *restrict a, const double *restrict b, double *restrict c) { for (int i = 0; i < n; i++) c[i] = a[i] + b[i]; }
API void triad(int n, double s, const double *restrict b, const double *restrict c, double *restrict a) { for (int i = 0; i < n; i++) a[i] = b[i] + s * c[i]; }
API void axpy(int n, double s, const double *restrict x, double *restrict y) { for (int i = 0; i < n; i++) y[i] += s * x[i]; }
API double dot(int n, const double *restrict x, const double *restrict y) {
  double r[32] = {0}, t = 0; // several sums, so that the compiler may use lanes without -ffast-math
  int i = 0;
  for (; i + 32 <= n; i += 32) for (int j = 0; j < 32; j++) r[j] += x[i + j] * y[i + j];
  for (; i < n; i++) t += x[i] * y[i];
  for (int j = 0; j < 32; j++) t += r[j];
  return t;
}
API void gemv(int m, int n, const double *restrict a, const double *restrict x, double *restrict y) {
  for (int i = 0; i < m; i++) y[i] = dot(n, a + (size_t)i * n, x);
}
API void gemm(int n, const double *restrict a, const double *restrict b, double *restrict c) {
  memset(c, 0, 8 * (size_t)n * n);
  for (int i = 0; i < n; i++) for (int k = 0; k < n; k++) {
    const double s = a[(size_t)i * n + k];
    for (int j = 0; j < n; j++) c[(size_t)i * n + j] += s * b[(size_t)k * n + j];
  }
}
API void spmv(int rows, const int *restrict start, const int *restrict column, const double *restrict value, const double *restrict x, double *restrict y) {
  for (int i = 0; i < rows; i++) {
    double s = 0;
    for (int p = start[i]; p < start[i + 1]; p++) s += value[p] * x[column[p]];
    y[i] = s;
  }
}
API void jacobi2(int n, const double *restrict u, const double *restrict f, double *restrict v) {
  for (int i = 1; i < n - 1; i++) for (int j = 1; j < n - 1; j++) {
    const size_t p = (size_t)i * n + j;
    v[p] = 0.25 * (u[p - n] + u[p - 1] + u[p + 1] + u[p + n] + f[p]);
  }
}
API void jacobi3(int n, const double *restrict u, const double *restrict f, double *restrict v) {
  const size_t m = (size_t)n * n;
  for (int i = 1; i < n - 1; i++) for (int j = 1; j < n - 1; j++) for (int k = 1; k < n - 1; k++) {
    const size_t p = i * m + (size_t)j * n + k;
    v[p] = (1.0 / 6) * (u[p - m] + u[p - n] + u[p - 1] + u[p + 1] + u[p + n] + u[p + m] + f[p]);
  }
}
API void cg(int rows, int steps, const int *start, const int *column, const double *value, const double *b, double *x, double *r, double *p, double *q) {
  memset(x, 0, 8 * (size_t)rows);
  memcpy(r, b, 8 * (size_t)rows);
  memcpy(p, b, 8 * (size_t)rows);
  double rr = dot(rows, r, r);
  for (int k = 0; k < steps; k++) {
    spmv(rows, start, column, value, p, q);
    const double alpha = rr / dot(rows, p, q);
    axpy(rows, alpha, p, x);
    axpy(rows, -alpha, q, r);
    const double next = dot(rows, r, r), beta = next / rr;
    for (int i = 0; i < rows; i++) p[i] = r[i] + beta * p[i];
    rr = next;
  }
}
API void softmax3(int n, const float *restrict x, float *restrict y) {
  float top = -INFINITY, total = 0;
  for (int i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
  for (int i = 0; i < n; i++) total += y[i] = expf(x[i] - top);
  for (int i = 0; i < n; i++) y[i] /= total;
}

/* The matrix of the 5-point Laplacian on n x n points. */
static int laplacian(int n, int **start, int **column, double **value) {
  const int rows = n * n;
  *start = room(4 * (size_t)(rows + 1)); *column = room(20 * (size_t)rows); *value = room(40 * (size_t)rows);
  int p = 0;
  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) {
    const int r = i * n + j;
    (*start)[r] = p;
#define PUT(c, x) ((*column)[p] = c, (*value)[p++] = x)
    if (i > 0) PUT(r - n, -1);
    if (j > 0) PUT(r - 1, -1);
    PUT(r, 4);
    if (j < n - 1) PUT(r + 1, -1);
    if (i < n - 1) PUT(r + n, -1);
  }
  return (*start)[rows] = p;
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
  if (argc < 4) return 1;
  const char *name = argv[1];
  const int n = atoi(argv[2]), rounds = atoi(argv[3]);
  double *ms = room(8 * (size_t)rounds), sink = 0;
#define IS(word) (!strcmp(name, word))
#define TIME(call) do { call; for (int k = 0; k < rounds; k++) { const double t = now(); call; ms[k] = now() - t; } } while (0)
  const size_t nn = (size_t)n * n;
  if (IS("copy") || IS("scale") || IS("sum") || IS("triad") || IS("axpy") || IS("dot")) {
    double *a = numbers(n), *b = numbers(n), *c = numbers(n);
    const int times = n < 200000 ? 200000 / n : 1; // short calls are timed together
#define MANY(call) TIME(for (int m = 0; m < times; m++) { call; __asm__ volatile("" ::: "memory"); })
    if (IS("copy")) MANY(copy(n, a, c));
    else if (IS("scale")) MANY(scale(n, 3, c, b));
    else if (IS("sum")) MANY(sum(n, a, b, c));
    else if (IS("triad")) MANY(triad(n, 3, b, c, a));
    else if (IS("axpy")) MANY(axpy(n, 1e-9, a, b));
    else MANY(sink += dot(n, a, b));
    for (int k = 0; k < rounds; k++) ms[k] /= times;
  } else if (IS("gemv")) {
    double *a = numbers(nn), *x = numbers(n), *y = numbers(n);
    TIME(gemv(n, n, a, x, y));
  } else if (IS("gemm")) {
    double *a = numbers(nn), *b = numbers(nn), *c = numbers(nn);
    TIME(gemm(n, a, b, c));
#ifdef OPENBLAS
  } else if (IS("dgemm")) {
    openblas_set_num_threads(1);
    double *a = numbers(nn), *b = numbers(nn), *c = numbers(nn);
    TIME(cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n));
  } else if (IS("sgemm")) {
    openblas_set_num_threads(1);
    float *a = singles(nn), *b = singles(nn), *c = singles(nn);
    TIME(cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n));
#endif
  } else if (IS("jacobi2")) {
    double *u = numbers(nn), *f = numbers(nn), *v = numbers(nn);
    TIME(jacobi2(n, u, f, v));
  } else if (IS("jacobi3")) {
    double *u = numbers(nn * n), *f = numbers(nn * n), *v = numbers(nn * n);
    TIME(jacobi3(n, u, f, v));
  } else if (IS("spmv") || IS("cg")) {
    int *start, *column;
    double *value, *b = numbers(nn), *x = numbers(nn), *r = numbers(nn), *p = numbers(nn), *q = numbers(nn);
    laplacian(n, &start, &column, &value);
    if (IS("spmv")) TIME(spmv(n * n, start, column, value, b, x));
    else TIME(cg(n * n, 10, start, column, value, b, x, r, p, q));
  } else if (IS("softmax3")) {
    float *x = singles(n), *y = singles(n);
    TIME(softmax3(n, x, y));
  } else return 3;
  qsort(ms, rounds, 8, ascending);
  printf("{\"name\":\"%s\",\"n\":%d,\"ms\":%.6f}\n", name, n, ms[rounds / 2]);
  return sink == 0.1234567;
}
// Names: copy scale sum triad axpy dot gemv gemm dgemm sgemm jacobi2 jacobi3 spmv cg softmax3
