#!/bin/sh
# Installs what the peer programs need (Debian) and compiles those in C into bench/peers/build (not under version control).
# Safe to run again: packages present are skipped, programs are recompiled only when a source is newer.
# Peers are opponents and oracles for the benchmarks; the system itself needs nothing of this.
#
# SUNDIALS: Debian 12's binary package (6.4.1) is compiled without optimisation (-O0: visible in its disassembly), 2-4
#   times slower on small problems. So the same version is built here from the distribution's source package with
#   -O3 -march=native, static, unmodified; KLU's package is optimised and is used as it is. Without a source package the
#   programs are linked with the binary package, and say so ("build":"distribution" in their output).
# Method: the machine's own package sources, read as source-package sources in a private list; nothing of the system's
#   configuration changes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/build
need=
for p in gcc libc6-dev cmake make libsundials-dev libsuitesparse-dev libopenblas-dev python3-numpy python3-scipy; do
  case $p in cmake|make|gcc) command -v $p >/dev/null && continue ;; esac
  dpkg -s "$p" 2>/dev/null | grep -q '^Status: install ok installed' || need="$need $p"
done
if [ -n "$need" ]; then
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get install -y --no-install-recommends $need || { $sudo apt-get update && $sudo apt-get install -y --no-install-recommends $need; }
fi
mkdir -p "$build"
klu=$(dirname "$(dpkg -L libsuitesparse-dev | grep '/klu\.h$')")
lib=$(dirname "$(dpkg -L libsuitesparse-dev | grep '/libklu\.so$')")

sundialsFromSource() {
  rm -rf "$build/src" && mkdir -p "$build/src/lists/partial" "$build/src/etc" && cd "$build/src"
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list.d/debian.list; do
    [ -f "$f" ] && sed -e 's/^Types: *deb$/Types: deb-src/' -e 's/^deb /deb-src /' "$f" > "etc/$(basename "$f")"
  done
  o="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$build/src/etc -o Dir::State::lists=$build/src/lists"
  [ -f etc/sources.list ] && mv etc/sources.list etc/main.list
  apt-get $o update && apt-get $o source --download-only sundials || return 1
  tar xf sundials_*.orig.tar.* && mkdir -p make && cd make || return 1
  cmake ../sundials-*/ -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O3 -march=native -DNDEBUG" -DBUILD_SHARED_LIBS=OFF -DBUILD_CVODES=OFF -DBUILD_IDA=OFF \
    -DBUILD_IDAS=OFF -DBUILD_KINSOL=OFF -DEXAMPLES_ENABLE_C=OFF -DEXAMPLES_INSTALL=OFF -DENABLE_KLU=ON -DKLU_INCLUDE_DIR="$klu" -DKLU_LIBRARY_DIR="$lib" \
    -DSUNDIALS_INDEX_SIZE=64 -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX="$build/sundials" && make -j2 install || return 1
  cd "$here" && rm -rf "$build/src"
}
[ -f "$build/sundials/lib/libsundials_cvode.a" ] || sundialsFromSource > "$build/sundials.log" 2>&1 || { cd "$here"; echo "no source package (see $build/sundials.log): linking the unoptimised binary package" >&2; }

names="cvode arkode nvecserial sunmatrixdense sunmatrixband sunmatrixsparse sunlinsoldense sunlinsolband sunlinsolklu sunnonlinsolfixedpoint sunnonlinsolnewton generic"
if [ -f "$build/sundials/lib/libsundials_cvode.a" ]; then
  flags="-I$build/sundials/include -DSUNDIALS_BUILD=\"O3-native\""; libs=
  for n in $names; do libs="$libs $build/sundials/lib/libsundials_$n.a"; done
else
  flags="-DSUNDIALS_BUILD=\"distribution\""; libs="-lsundials_generic"
  for n in $names; do libs="-lsundials_$n $libs"; done
fi
for s in "$here"/*.c; do
  # bench/functions.ts compiles this one, as a library.
  [ "$(basename "$s")" = functions.c ] && continue
  o="$build/$(basename "$s" .c)"
  new=1
  for f in "$s" "$here/fast_vector.h" "$here/install.sh"; do [ "$o" -nt "$f" ] || new=; done
  [ -n "$new" ] && continue
  if [ "$(basename "$s")" = kernels.c ]; then
    gcc -O3 -march=native -Wall -DOPENBLAS "$s" -o "$o" -lopenblas -lm 2>/dev/null || gcc -O3 -march=native -Wall "$s" -o "$o" -lm
  elif [ "$(basename "$s")" = elementwise.c ]; then
    gcc -O3 -march=native -ffast-math -Wall "$s" -o "$o" -lm
  else
    gcc -O3 -march=native -Wall -Wno-unused-function $flags -I"$klu" "$s" -o "$o" $libs -lklu -lamd -lcolamd -lbtf -lm -pthread
  fi
  echo "built $o"
done
# The steppers once more with vectors as wide as WebAssembly's.
gcc -O3 -march=native -mprefer-vector-width=128 "$here/steppers.c" -o "$build/steppers128" -pthread

# Pychop (and its own NumPy) for pychop_round.py, in a folder of its own: nothing of the system's Python changes.
if [ ! -d "$build/python/pychop" ]; then
  /usr/bin/env python3 -m pip install --quiet --target "$build/python" "pychop==0.6.2" numpy > "$build/pychop.log" 2>&1 ||
    echo "Pychop cannot be installed (see $build/pychop.log): pychop_round.py will say that it is skipped" >&2
fi

# numexpr for elementwise.py, beside Pychop's NumPy.
if [ ! -d "$build/python/numexpr" ]; then
  /usr/bin/env python3 -m pip install --quiet --no-deps --target "$build/python" "numexpr==2.10.2" > "$build/numexpr.log" 2>&1 ||
    echo "numexpr cannot be installed (see $build/numexpr.log): bench/compile.ts leaves it out" >&2
fi

# JavaScript libraries for bench/kernels.ts and bench/compile.ts, in a folder of their own.
if [ ! -d "$build/node/node_modules/numeric" ]; then
  mkdir -p "$build/node" && cd "$build/node" && echo '{"private":true}' > package.json
  npm install --no-audit --no-fund @stdlib/blas@0.4.1 ml-matrix@6.15.1 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 mathjs@15.2.0 numeric@1.2.6 > "$build/node.log" 2>&1 ||
    echo "JavaScript peers cannot be installed (see $build/node.log): the benchmarks leave them out" >&2
  cd "$here"
fi
