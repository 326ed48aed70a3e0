// Extreme eigenvalues of symmetric tridiagonal matrices by bisection with Sturm counts (Wilkinson 1965, chapter 5): the Ritz values that
// Lanczos and conjugate gradients leave behind.

/** Eigenvalues below `value` of the matrix with this diagonal and squares of the off-diagonal. */
function countBelow(diagonal: ArrayLike<number>, off: ArrayLike<number>, value: number): number {
  let count = 0;
  let q = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const under = i === 0 ? 0 : (off[i - 1] * off[i - 1]) / (q === 0 ? 1e-300 : q);
    q = diagonal[i] - value - under;
    if (q < 0) count++;
  }
  return count;
}

/** The least and the greatest eigenvalue, to a relative 1e-6 of the range; `off[i]` joins i and i + 1. */
export function extremeEigenvalues(diagonal: ArrayLike<number>, off: ArrayLike<number>): [least: number, most: number] {
  const n = diagonal.length;
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    const radius = (i > 0 ? Math.abs(off[i - 1]) : 0) + (i < n - 1 ? Math.abs(off[i]) : 0);
    low = Math.min(low, diagonal[i] - radius);
    high = Math.max(high, diagonal[i] + radius);
  }
  const find = (k: number): number => {
    let [a, b] = [low, high];
    for (let step = 0; step < 60 && b - a > 1e-7 * (high - low); step++) {
      const middle = (a + b) / 2;
      if (countBelow(diagonal, off, middle) > k) b = middle;
      else a = middle;
    }
    return (a + b) / 2;
  };
  return [find(0), find(n - 1)];
}
