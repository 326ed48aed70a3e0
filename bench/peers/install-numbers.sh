#!/bin/sh
# Installs the libraries of arbitrary precision that `npm run bench -- numbers` compares with, into bench/peers/numbers
# (not under version control): gmp-wasm (MPFR and GMP in WebAssembly, LGPL-3.0-only) and decimal.js (MIT).
# They are opponents for the benchmarks only; the package neither ships nor needs them. Safe to run again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/numbers"
cd "$here/numbers"
[ -f package.json ] || echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --save-exact gmp-wasm@1.3.2 decimal.js@10.6.0
