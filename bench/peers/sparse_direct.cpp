// Sparse direct solvers beside those of Calculemus, one thread: CSparse (CXSparse's 32-bit integers), KLU, Eigen. A library; bench/linear-direct.ts
// builds it and calls it through koffi: g++ -O3 -march=native -DNDEBUG -shared -fPIC, with -lklu -lcxsparse. Times are taken in here, in
// milliseconds a call; -1 where a factorization fails. Needs libsuitesparse-dev and libeigen3-dev.
#include <algorithm>
#include <cstring>
#include <eigen3/Eigen/Sparse>
#include <suitesparse/cs.h>
#include <suitesparse/klu.h>
#include <time.h>
#include <vector>

namespace {
using Columns = Eigen::SparseMatrix<double, Eigen::ColMajor, int>;
int n;
std::vector<int> ptr, idx;
std::vector<double> val;
cs_di matrix;
cs_dis *cholSymbolic, *luSymbolic;
cs_din *cholNumeric, *luNumeric;
double qrFill;
klu_common common;
klu_symbolic *symbolic;
klu_numeric *numeric;
Eigen::SimplicialLLT<Columns> *llt;

template <class F> double timed(int repeats, F body) {
  timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  for (int k = 0; k < repeats; k++) body();
  clock_gettime(CLOCK_MONOTONIC, &b);
  return ((b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) * 1e-6) / repeats;
}
void forget() {
  if (cholNumeric) cs_di_nfree(cholNumeric);
  if (cholSymbolic) cs_di_sfree(cholSymbolic);
  if (luNumeric) cs_di_nfree(luNumeric);
  if (luSymbolic) cs_di_sfree(luSymbolic);
  if (numeric) klu_free_numeric(&numeric, &common);
  if (symbolic) klu_free_symbolic(&symbolic, &common);
  delete llt;
  llt = nullptr;
  cholNumeric = luNumeric = nullptr;
  cholSymbolic = luSymbolic = nullptr;
}
Eigen::Map<Columns> mapped() { return Eigen::Map<Columns>(n, n, ptr[n], ptr.data(), idx.data(), val.data()); }
} // namespace

extern "C" {
void open_matrix(int size, const int *p, const int *i, const double *x) {
  forget();
  n = size;
  ptr.assign(p, p + n + 1);
  idx.assign(i, i + p[n]);
  val.assign(x, x + p[n]);
  memset(&matrix, 0, sizeof matrix);
  matrix.m = matrix.n = n;
  matrix.nzmax = ptr[n];
  matrix.nz = -1;
  matrix.p = ptr.data();
  matrix.i = idx.data();
  matrix.x = val.data();
  klu_defaults(&common);
}
double csparse_chol_analyze(int repeats) {
  return timed(repeats, [] { if (cholSymbolic) cs_di_sfree(cholSymbolic); cholSymbolic = cs_di_schol(1, &matrix); });
}
double csparse_chol_factor(int repeats) {
  double ms = timed(repeats, [] { if (cholNumeric) cs_di_nfree(cholNumeric); cholNumeric = cs_di_chol(&matrix, cholSymbolic); });
  return cholNumeric ? ms : -1;
}
double csparse_chol_solve(int repeats) {
  std::vector<double> x(n), t(n);
  return timed(repeats, [&] {
    std::fill(x.begin(), x.end(), 1.0);
    cs_di_ipvec(cholSymbolic->pinv, x.data(), t.data(), n);
    cs_di_lsolve(cholNumeric->L, t.data());
    cs_di_ltsolve(cholNumeric->L, t.data());
    cs_di_pvec(cholSymbolic->pinv, t.data(), x.data(), n);
  });
}
double csparse_chol_fill() { return cholNumeric->L->p[n]; }
double eigen_chol_factor(int repeats) {
  auto a = mapped();
  if (!llt) (llt = new Eigen::SimplicialLLT<Columns>)->analyzePattern(a);
  return timed(repeats, [&] { llt->factorize(a); });
}
double klu_analyze_ms(int repeats) {
  return timed(repeats, [] { if (symbolic) klu_free_symbolic(&symbolic, &common); symbolic = klu_analyze(n, ptr.data(), idx.data(), &common); });
}
double klu_factor_ms(int repeats) {
  double ms = timed(repeats, [] { if (numeric) klu_free_numeric(&numeric, &common); numeric = klu_factor(ptr.data(), idx.data(), val.data(), symbolic, &common); });
  return numeric ? ms : -1;
}
double klu_refactor_ms(int repeats) {
  return timed(repeats, [] { klu_refactor(ptr.data(), idx.data(), val.data(), symbolic, numeric, &common); });
}
double klu_solve_ms(int repeats) {
  std::vector<double> x(n);
  return timed(repeats, [&] { std::fill(x.begin(), x.end(), 1.0); klu_solve(symbolic, numeric, n, 1, x.data(), &common); });
}
// Entries of L and U in the diagonal blocks, the diagonal once.
double klu_fill() { return numeric->lnz + numeric->unz - n; }
// Analysis (COLAMD's kind of order on A^T A) and Householder QR.
double csparse_qr(int repeats) {
  bool whole = true;
  double ms = timed(repeats, [&] {
    cs_dis *s = cs_di_sqr(3, &matrix, 1);
    cs_din *f = cs_di_qr(&matrix, s);
    whole = whole && f;
    qrFill = f ? f->L->p[n] + f->U->p[n] : -1;
    cs_di_nfree(f);
    cs_di_sfree(s);
  });
  return whole ? ms : -1;
}
double csparse_qr_fill() { return qrFill; }
double csparse_lu_factor(int repeats) {
  if (!luSymbolic) luSymbolic = cs_di_sqr(2, &matrix, 0);
  double ms = timed(repeats, [] { if (luNumeric) cs_di_nfree(luNumeric); luNumeric = cs_di_lu(&matrix, luSymbolic, 1.0); });
  return luNumeric ? ms : -1;
}
}
