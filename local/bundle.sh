#!/bin/sh
# Bundles each deployed Worker as a deployment would, and sends nothing anywhere.
set -eu
cd "$(dirname "$0")/.."

for config in wrangler.toml workers/auth/wrangler.toml workers/notify/wrangler.toml; do
	wrangler deploy --dry-run --config "$config" --outdir ".wrangler/bundle/$(dirname "$config")"
done
