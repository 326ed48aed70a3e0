// Sparse products beside ours: sparse_products WHAT FILE CALLS prints {"ms":median,"entries":n} for the matrix in FILE (int32 rows,
// cols, entries; row pointers; columns; values). WHAT: spmv (Eigen), spmvc (a plain loop in C), eigen (A*A, rows, sorted), csparse
// (A*A by CXSparse's cs_multiply, columns unsorted). Built by bench/linear-products.ts with g++ -O3 -march=native. One thread.
#include <Eigen/SparseCore>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <suitesparse/cs.h>
#include <vector>

typedef Eigen::SparseMatrix<double, Eigen::RowMajor, int> Rows;

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
  if (argc < 4) return 2;
  const char *what = argv[1];
  FILE *file = fopen(argv[2], "rb");
  if (!file) return 2;
  int head[3];
  if (fread(head, 4, 3, file) != 3) return 2;
  const int rows = head[0], cols = head[1], count = head[2], calls = atoi(argv[3]);
  std::vector<int> start(rows + 1), column(count);
  std::vector<double> value(count), x(cols, 1), y(rows);
  if (fread(start.data(), 4, rows + 1, file) != (size_t)rows + 1) return 2;
  if (fread(column.data(), 4, count, file) != (size_t)count) return 2;
  if (fread(value.data(), 8, count, file) != (size_t)count) return 2;
  fclose(file);
  const Rows a = Eigen::Map<const Rows>(rows, cols, count, start.data(), column.data(), value.data());
  const Eigen::VectorXd b = Eigen::VectorXd::Ones(cols);
  Eigen::VectorXd c = b;
  // The columns of CXSparse's matrix are our rows: its product is that of the transposes.
  cs_di t = {count, cols, rows, start.data(), column.data(), value.data(), -1};
  std::vector<double> times;
  long entries = 0;
  for (int call = 0; call <= calls; call++) {
    const double begin = now();
    double ms = 0;
    if (!strcmp(what, "spmv")) {
      for (int i = 0; i < 5; i++) c.noalias() = a * b;
      ms = (now() - begin) / 5;
    } else if (!strcmp(what, "spmvc")) {
      for (int i = 0; i < 5; i++) spmv(rows, start.data(), column.data(), value.data(), x.data(), y.data());
      ms = (now() - begin) / 5;
    } else if (!strcmp(what, "eigen")) {
      const Rows product = a * a;
      ms = now() - begin;
      entries = product.nonZeros();
    } else {
      cs_di *product = cs_di_multiply(&t, &t);
      ms = now() - begin;
      entries = product->p[product->n];
      cs_di_spfree(product);
    }
    if (call > 0) times.push_back(ms);
  }
  std::sort(times.begin(), times.end());
  printf("{\"ms\":%.6f,\"entries\":%ld,\"sum\":%.17g}\n", times[times.size() / 2], entries, c.sum() + y[0]);
}
