#!/bin/sh
# Generates worker-types/: the Workers runtime's types once, and each Worker's bindings.
set -eu
cd "$(dirname "$0")/.."

types() { # file, interface, then wrangler's options
	file=$1 interface=$2
	shift 2
	wrangler types "worker-types/$file.d.ts" --env-interface "$interface" --strict-vars=false "$@" >/dev/null
}

mkdir -p worker-types
wrangler types worker-types/runtime.d.ts -c wrangler.toml --include-env=false >/dev/null
types gateway GatewayEnv --include-runtime=false -c wrangler.toml -c workers/auth/wrangler.toml
types auth AuthEnv --include-runtime=false -c workers/auth/wrangler.toml
types notify NotifyEnv --include-runtime=false -c workers/notify/wrangler.toml -c workers/auth/wrangler.toml -c wrangler.toml
types queues QueuesEnv --include-runtime=false -c local/queues/wrangler.toml
