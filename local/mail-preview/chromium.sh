#!/bin/sh
# Chromium, which takes the pictures, where apt can install it and there is none. Without it the
# mails are written all the same, and the preview says what is missing.
set -eu

for name in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome google-chrome-stable; do
	if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi

echo 'earshot: installing Chromium, for the pictures …' >&2
{ apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null ||
	echo 'earshot: apt-get could not install Chromium; its message is above' >&2
