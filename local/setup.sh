#!/bin/sh
# Makes a clone ready to run: the npm packages (Node 24 is one of them) and ffmpeg.
# Safe to repeat, and quick when nothing is missing.
set -eu
cd "$(dirname "$0")/.."

fail() {
	printf 'earshot: %s\n' "$1" >&2
	exit 1
}

# npm ci, when the installed packages are not those of the lockfile.
if ! cmp -s package-lock.json node_modules/.earshot-installed; then
	echo 'earshot: installing npm packages …' >&2
	npm ci --no-audit --no-fund --loglevel=error >&2 || fail 'npm ci failed; its message is above'
	cp package-lock.json node_modules/.earshot-installed
fi

PATH="$PWD/node_modules/.bin:$PATH"
case "$(node --version 2>/dev/null)" in
v2[4-9].* | v[3-9][0-9].*) ;;
*) fail 'Node 24 is needed and npm has none for this system; install it from https://nodejs.org' ;;
esac

sh local/docs-script.sh || fail 'the script of /docs could not be fetched; the message is above'

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
apt_install() {
	echo "earshot: installing $1 …" >&2
	{ apt-get update -qq && apt-get install -qq -y --no-install-recommends "$1"; } >/dev/null
}

# ffmpeg with libmp3lame: FFMPEG_PATH, else the PATH, else apt where that is possible.
has_mp3() { "$1" -hide_banner -encoders 2>/dev/null | grep -q libmp3lame; }

if [ -n "${FFMPEG_PATH:-}" ]; then
	has_mp3 "$FFMPEG_PATH" || fail "FFMPEG_PATH=$FFMPEG_PATH is no ffmpeg with libmp3lame"
elif ! has_mp3 ffmpeg; then
	if can_apt; then
		apt_install ffmpeg || fail 'apt-get could not install ffmpeg; its message is above'
		has_mp3 ffmpeg || fail 'the ffmpeg that apt-get installed has no libmp3lame'
	else
		case "$(uname -s)" in
		Darwin) how='Run: brew install ffmpeg' ;;
		*)
			if command -v apt-get >/dev/null; then how='Run: sudo apt-get install ffmpeg'
			elif command -v dnf >/dev/null; then how='Run: sudo dnf install ffmpeg'
			elif command -v pacman >/dev/null; then how='Run: sudo pacman -S ffmpeg'
			else how='Install it, or set FFMPEG_PATH to one'; fi
			;;
		esac
		fail "ffmpeg with libmp3lame is missing. $how"
	fi
fi

# strace, which shows the tests what ffmpeg opens; without it they leave that part out and say so.
if can_apt && ! command -v strace >/dev/null; then
	apt_install strace || echo 'earshot: apt-get could not install strace; some tests are left out' >&2
fi
