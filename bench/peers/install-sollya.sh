#!/bin/sh
# Installs Sollya (CeCILL-C), the opponent of `npm run bench -- fpminimax`, from the system's packages. It is for the benchmarks
# only; the package neither ships nor needs it. Safe to run again; needs root.
set -eu
apt-get install -y --no-install-recommends sollya
