#!/bin/sh
# SymPy with a reader of LaTeX, for bench/problems-algebra: a virtual environment in bench/peers/build/algebra. Needs Python 3.9 or later.
# Then: bench/peers/build/algebra/bin/python bench/problems-algebra/sympy_solve.py > results.jsonl
set -eu
cd "$(dirname "$0")"
mkdir -p build
python3 -m venv build/algebra
build/algebra/bin/pip install --quiet "sympy==1.14.0" "mpmath==1.3.0" "antlr4-python3-runtime==4.11.1"
build/algebra/bin/python -c 'from sympy.parsing.latex import parse_latex; print(parse_latex("x"))'
