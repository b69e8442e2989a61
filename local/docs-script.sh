#!/bin/sh
# Puts Scalar, which shows /openapi.json at /docs, beside the gateway's assets: one script out of
# its npm package, whose other hundred dependencies are for building sites with it.
set -eu
cd "$(dirname "$0")/../workers/gateway/assets"

VERSION=1.72.1
INTEGRITY=sha512-XpEJ0rfc/cXbCrR+iC4kK0o/WwX2dTtGQbT049OlPKAHD6IMIFdTeGz2r+M27P2EDWKyUITRm/NzlP8z2pw/Ow==

script=docs/scalar-$VERSION.js
if [ -e "$script" ]; then exit; fi

echo 'earshot: fetching Scalar for /docs …' >&2
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
npm pack --silent --pack-destination "$download" "@scalar/api-reference@$VERSION" >/dev/null
package=$(echo "$download"/*.tgz)
read_integrity="'sha512-' + crypto.hash('sha512', fs.readFileSync(process.argv[1]), 'base64')"
if [ "$(node -p "$read_integrity" "$package")" != "$INTEGRITY" ]; then
	echo "earshot: @scalar/api-reference@$VERSION is not the package that was reviewed" >&2
	exit 1
fi
tar -xzf "$package" -C "$download" package/dist/browser/standalone.js
rm -rf docs
mkdir docs
mv "$download/package/dist/browser/standalone.js" "$script"
