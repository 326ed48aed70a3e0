#!/bin/sh
# Installs the peers of the algebra benchmark: giac (Debian package xcas), PARI/GP, SymPy (with gmpy2 where it can be had).
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
