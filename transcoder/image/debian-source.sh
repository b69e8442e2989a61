# Sourced by the build scripts beside it, with `set -eu`.

# Fetches a package's source, with Debian's patches, into a directory of the package's name below
# the current one. The lists are our own, so that the system's stay as they are. apt checks the
# source against Debian's keys. Its sandbox's user could not write here.
debian_source() { # package
	lists=$PWD/lists
	mkdir -p "$lists/partial" cache
	sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > debian.sources
	for call in update "source --download-only $1"; do
		# shellcheck disable=SC2086
		apt-get --quiet -o Dir::Etc::SourceList="$PWD/debian.sources" -o Dir::Etc::SourceParts=- \
			-o Dir::State::Lists="$lists" -o Dir::Cache="$PWD/cache" -o APT::Sandbox::User= $call
	done
	dpkg-source --extract "$1"_*.dsc "$1"
}

# Debian's flags for its own packages, and ours behind them.
debian_flags() { # our flags
	export DEB_BUILD_MAINT_OPTIONS=hardening=+all DEB_CFLAGS_APPEND="$1"
	eval "$(dpkg-buildflags --export=sh)"
}
