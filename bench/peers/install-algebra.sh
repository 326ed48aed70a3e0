#!/bin/sh
# Installs the peers of the algebra benchmark: giac (Debian package xcas), PARI/GP, SymPy (with gmpy2 where it can be had); and, for
# bench/problems-algebra, SymPy with a reader of LaTeX in a virtual environment, bench/peers/build/algebra. Needs Python 3.9 or later.
# Then: bench/peers/build/algebra/bin/python bench/problems-algebra/sympy_solve.py > results.jsonl
set -eu
need=
for p in xcas pari-gp python3-pip; do
  dpkg -s "$p" 2>/dev/null | grep -q '^Status: install ok installed' || need="$need $p"
done
if [ -n "$need" ]; then
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get install -y --no-install-recommends $need
fi
python3 -c 'import sympy' 2>/dev/null || pip install --break-system-packages sympy==1.14.0 gmpy2

cd "$(dirname "$0")"
mkdir -p build
python3 -m venv build/algebra
build/algebra/bin/pip install --quiet "sympy==1.14.0" "mpmath==1.3.0" "antlr4-python3-runtime==4.11.1"
build/algebra/bin/python -c 'from sympy.parsing.latex import parse_latex; print(parse_latex("x"))'
