// Eigen beside the iterative methods: eigen_sparse WHAT KIND SIZE CALLS prints {"ms":median,"iterations":n} on the Poisson matrix
// of KIND 2 (5 points, SIZE^2) or 3 (7 points, SIZE^3), right side all ones, tolerance 1e-8.
// WHAT: spmv; spmvc (a plain loop in C); jacobi (CG with the diagonal, ms a step); ic (CG with IncompleteCholesky in natural order,
// set-up and solve); icsetup; icsolve. Built by bench/linear-iterative.ts with g++ -O3 -march=native. One thread.
#include <Eigen/IterativeLinearSolvers>
#include <Eigen/SparseCore>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

typedef Eigen::SparseMatrix<double, Eigen::RowMajor, int> Rows;
typedef Eigen::SparseMatrix<double, Eigen::ColMajor, int> Columns;
typedef Eigen::VectorXd Vector;

static Rows poisson(int kind, int n) {
  const int layers = kind == 3 ? n : 1, size = layers * n * n;
  std::vector<Eigen::Triplet<double>> list;
  list.reserve((size_t)size * (kind == 3 ? 7 : 5));
  for (int l = 0; l < layers; l++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++) {
        const int row = (l * n + i) * n + j;
        if (l > 0) list.emplace_back(row, row - n * n, -1);
        if (i > 0) list.emplace_back(row, row - n, -1);
        if (j > 0) list.emplace_back(row, row - 1, -1);
        list.emplace_back(row, row, 2 * kind);
        if (j < n - 1) list.emplace_back(row, row + 1, -1);
        if (i < n - 1) list.emplace_back(row, row + n, -1);
        if (l < layers - 1) list.emplace_back(row, row + n * n, -1);
      }
  Rows a(size, size);
  a.setFromTriplets(list.begin(), list.end());
  return a;
}

__attribute__((noinline)) static void spmv(int rows, const int *__restrict start, const int *__restrict column, const double *__restrict value, const double *__restrict x, double *__restrict y) {
  for (int i = 0; i < rows; i++) {
    double s = 0;
    for (int p = start[i]; p < start[i + 1]; p++) s += value[p] * x[column[p]];
    y[i] = s;
  }
}

static double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const char *what = argv[1];
  const int kind = atoi(argv[2]), n = atoi(argv[3]), calls = atoi(argv[4]);
  const Rows a = poisson(kind, n);
  const Columns c = a;
  const Vector b = Vector::Ones(a.rows());
  Vector x = b, y = b;
  std::vector<double> times;
  long iterations = 0;
  for (int call = 0; call <= calls; call++) {
    double begin = now(), ms = 0;
    if (!strcmp(what, "spmv")) {
      for (int i = 0; i < 5; i++) y.noalias() = a * b;
      ms = (now() - begin) / 5;
    } else if (!strcmp(what, "spmvc")) {
      for (int i = 0; i < 5; i++) spmv(a.rows(), a.outerIndexPtr(), a.innerIndexPtr(), a.valuePtr(), b.data(), y.data());
      ms = (now() - begin) / 5;
    } else if (!strcmp(what, "jacobi")) {
      Eigen::ConjugateGradient<Rows, Eigen::Lower | Eigen::Upper> cg;
      cg.setTolerance(1e-8);
      cg.compute(a);
      begin = now();
      x = cg.solve(b);
      ms = (now() - begin) / cg.iterations();
      iterations = cg.iterations();
    } else {
      Eigen::ConjugateGradient<Columns, Eigen::Lower | Eigen::Upper, Eigen::IncompleteCholesky<double, Eigen::Lower, Eigen::NaturalOrdering<int>>> cg;
      cg.setTolerance(1e-8);
      cg.compute(c);
      const double ready = now();
      x = cg.solve(b);
      const double end = now();
      ms = !strcmp(what, "icsetup") ? ready - begin : !strcmp(what, "icsolve") ? end - ready : end - begin;
      iterations = cg.iterations();
    }
    if (call > 0) times.push_back(ms);
  }
  std::sort(times.begin(), times.end());
  printf("{\"ms\":%.6f,\"iterations\":%ld,\"sum\":%.17g}\n", times[times.size() / 2], iterations, x.sum() + y.sum());
}
