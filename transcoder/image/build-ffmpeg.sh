#!/bin/sh
# Debian's ffmpeg with what Earshot uses and nothing else: docs/decisions/022-ffmpeg-of-our-own.md
#
#     sh transcoder/image/build-ffmpeg.sh OUTPUT_DIR
#
# puts ffmpeg and ffprobe into usr/local/bin, as seen from OUTPUT_DIR as /. On Debian 12 or newer,
# with gcc, make, dpkg-dev, pkg-config, nasm, libmp3lame-dev, libdav1d-dev, zlib1g-dev, Node 24.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian-source.sh"
mkdir -p "$1"
output=$(cd "$1" && pwd)
components=$(node "$here/components.ts")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
debian_source ffmpeg

cd ffmpeg
debian_flags ''
# shellcheck disable=SC2086
./configure --prefix=/usr/local --extra-cflags="$CFLAGS $CPPFLAGS" --extra-ldflags="$LDFLAGS" \
	--disable-everything --disable-autodetect --disable-network --disable-avdevice \
	--disable-postproc --disable-ffplay --disable-doc --disable-debug \
	--enable-libmp3lame --enable-libdav1d --enable-zlib $components
make --jobs="$(nproc)" ffmpeg ffprobe

mkdir -p "$output/usr/local/bin"
cp ffmpeg ffprobe "$output/usr/local/bin"
