#!/bin/sh
# Runs every small work-precision peer once and writes JSON lines to standard output (about 3 minutes; give a problem name for one).
set -eu
cd "$(dirname "$0")"
./install.sh >&2
for p in ${*:-rober hires pollu orego vdpol bruss1d lorenz pleiades}; do
  build/cvode_problems "$p" best 1e-3,1e-4,1e-5,1e-6,1e-7,1e-8,1e-9,1e-10,1e-11,1e-12 --ref ../references
  build/cvode_problems "$p" best 1e-3,1e-4,1e-5,1e-6,1e-7,1e-8,1e-9,1e-10,1e-11,1e-12 --ref ../references --vectors fast
  /usr/bin/python3 scipy_problems.py "$p" 1e-4,1e-6,1e-8,1e-10
done
