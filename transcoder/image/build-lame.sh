#!/bin/sh
# Debian's LAME, compiled for processors with AVX2: docs/decisions/014-lame-for-newer-processors.md
#
#     sh transcoder/image/build-lame.sh OUTPUT_DIR
#
# puts the library where glibc looks for it on such processors alone, as seen from OUTPUT_DIR as /.
# For other machines than x86-64 nothing is built. On Debian 12 or newer, with gcc, make, dpkg-dev.
set -eu

. "$(dirname "$0")/debian-source.sh"
mkdir -p "$1"
output=$(cd "$1" && pwd)
[ "$(dpkg --print-architecture)" = amd64 ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
debian_source lame

cd lame
# Without the last a NaN would be taken for a number.
debian_flags '-O3 -march=x86-64-v3 -ffast-math -fno-finite-math-only'
./configure --disable-static --disable-frontend --disable-rpath
make --jobs="$(nproc)"

built=libmp3lame/.libs/libmp3lame.so.0
# -ffast-math may link something that changes how the whole process calculates.
if objdump --disassemble "$built" | grep ldmxcsr; then
	echo 'the library would change the mode of the processor' >&2
	exit 1
fi
directory=$output/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3
mkdir -p "$directory"
strip --strip-unneeded -o "$directory/libmp3lame.so.0" "$built"
