#!/bin/sh
# Installs what shaders need to run without a GPU (Debian, x86-64) into bench/peers/build/webgpu (not under version control): the
# package webgpu 0.6.2 (132 MB; 0.5 and 0.6.0 need a newer C++ library) and, of Debian's packages, the Vulkan loader and the
# software driver SwiftShader, unpacked, not installed. Prints the variables that tests and benchmarks need.
# Safe to run again: what is there is kept. With a GPU and its driver only CALCULEMUS_WEBGPU is needed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/build/webgpu
mkdir -p "$build" && cd "$build"
if [ ! -d node_modules/webgpu ]; then
  [ -f package.json ] || echo '{ "private": true }' > package.json
  npm install --no-audit --no-fund --silent webgpu@0.6.2 >&2
fi
if [ ! -f root/usr/lib/chromium/libvk_swiftshader.so ]; then
  rm -rf packages && mkdir packages root.new && cd packages
  apt-get download chromium-common libvulkan1 >&2
  for each in *.deb; do dpkg -x "$each" ../root.new; done
  cd .. && rm -rf packages root && mv root.new root
fi
echo "export CALCULEMUS_WEBGPU=$build/node_modules/webgpu"
echo "export VK_ICD_FILENAMES=$build/root/usr/lib/chromium/vk_swiftshader_icd.json"
echo "export LD_LIBRARY_PATH=$build/root/usr/lib/x86_64-linux-gnu"
