#!/bin/sh
# Installs what the peer programs need (Debian) and compiles those in C into bench/peers/build (not under version control).
# Safe to run again: packages present are skipped, programs are recompiled only when their source is newer.
# Peers are opponents and oracles for the benchmarks; the system itself needs nothing of this.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
need=
for p in gcc libc6-dev libsundials-dev libsuitesparse-dev python3-numpy python3-scipy; do
  dpkg -s "$p" 2>/dev/null | grep -q '^Status: install ok installed' || need="$need $p"
done
if [ -n "$need" ]; then
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get install -y --no-install-recommends $need || { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $need; }
fi
mkdir -p "$here/build"
klu=$(dirname "$(dpkg -L libsuitesparse-dev | grep '/klu\.h$')")
for s in "$here"/*.c; do
  o="$here/build/$(basename "$s" .c)"
  [ "$o" -nt "$s" ] && continue
  gcc -O3 -march=native -Wall -I"$klu" "$s" -o "$o" -lsundials_cvode -lsundials_arkode -lsundials_nvecserial -lsundials_sunmatrixdense -lsundials_sunmatrixband \
    -lsundials_sunmatrixsparse -lsundials_sunlinsoldense -lsundials_sunlinsolband -lsundials_sunlinsolklu -lsundials_sunnonlinsolfixedpoint -lklu -lamd -lcolamd -lbtf -lm
  echo "built $o"
done
