#!/bin/sh
# Debian's LAME, compiled for processors with AVX2: docs/decisions/014-lame-for-newer-processors.md
#
#     sh transcoder/lame/build.sh OUTPUT_DIR
#
# puts the library where glibc looks for it on such processors alone, as seen from OUTPUT_DIR as /.
# For other machines than x86-64 nothing is built. On Debian 12 or newer, with gcc, make, dpkg-dev.
set -eu

mkdir -p "$1"
output=$(cd "$1" && pwd)
[ "$(dpkg --print-architecture)" = amd64 ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The source is fetched with lists of our own, so that the system's stay as they are. apt checks it
# against Debian's keys. Its sandbox's user could not write here.
sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > debian.sources
mkdir -p lists/partial cache
fetch() {
	apt-get --quiet -o Dir::Etc::SourceList="$work/debian.sources" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@"
}
fetch update
fetch source --download-only lame
# With Debian's patches.
dpkg-source --extract lame_*.dsc lame

# Debian's flags, and then ours. Without the last a NaN would be taken for a number.
cd lame
export DEB_BUILD_MAINT_OPTIONS=hardening=+all
export DEB_CFLAGS_APPEND='-O3 -march=x86-64-v3 -ffast-math -fno-finite-math-only'
eval "$(dpkg-buildflags --export=sh)"
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
