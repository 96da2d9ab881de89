#!/bin/sh
# SPDX-License-Identifier: MIT
# llama-server: one static program for every x86-64-v2 processor, without what the container has no
# use for: web pages, TLS (the gateway's task), child processes, downloads.
set -eu
bundle=package/llama/gitRelease.bundle

tar -xzf "$SOURCES"/node-llama-cpp-*.tgz "$bundle"
git -c init.defaultBranch=main clone --quiet --bare "$bundle" git
commit=$(git --git-dir=git rev-parse --short=10 HEAD)
mkdir src
git --git-dir=git archive HEAD | tar -x -C src
rm -rf git package
for patch in "$DIR"/*.patch; do
	patch -d src -p1 -i "$patch"
done

# No folder, no processor and no clock of the building machine gets in. GGML_NATIVE=OFF alone still
# means AVX2, so each extension is switched off by name; -march says what is left.
flags="-march=x86-64-v2 -ffile-prefix-map=$PWD=. -ffunction-sections -fdata-sections"
flags="$flags -fstack-protector-strong"
# Bytes of a request's body. In memory it is a hundred times as large, and the container has a limit.
body="-DCPPHTTPLIB_PAYLOAD_MAX_LENGTH=131072"
cmake -G Ninja -S src -B o \
	-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
	-DCMAKE_C_FLAGS="$flags" -DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" \
	-DCMAKE_CXX_FLAGS="$flags $body" -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
	-DCMAKE_EXE_LINKER_FLAGS="-static -s -Wl,--gc-sections,--build-id=none,-z,noexecstack" \
	-DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF \
	-DGGML_F16C=OFF -DGGML_BMI2=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF -DGGML_CCACHE=OFF \
	-DLLAMA_BUILD_NUMBER=0 -DLLAMA_BUILD_COMMIT="$commit" -DLLAMA_BUILD_IS_DEV=OFF \
	-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
	-DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF \
	-DLLAMA_SUBPROCESS=OFF -DLLAMA_TOOLS_INSTALL=OFF -DLLAMA_ALL_WARNINGS=OFF
ninja -C o -j "$JOBS" llama-server

install -m 755 o/bin/llama-server "$OUT/llama-server"
readelf -lW "$OUT/llama-server" >o/headers
! grep -q INTERP o/headers || { echo "llama-server: not static" >&2; exit 1; }
install -m 644 src/LICENSE "$OUT/LICENSE"
