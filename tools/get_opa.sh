#!/bin/sh
# Put the pinned OPA at .tools/opa and print one line about it. The policy's Wasm bytes depend on the version.
# In this order: what is there already, the one on PATH if it is exactly this version, a build by Go (whose module proxy
# and checksum database vouch for the source), the official release.
set -eu

VERSION=1.22.2
cd "$(dirname "$0")/.."
mkdir -p .tools

is_pinned() { "$1" version 2>/dev/null | grep -qx "Version: $VERSION"; }

fail() {
    echo "get_opa: $1" >&2
    exit 1
}

done_with() {
    echo "OPA $VERSION at .tools/opa ($1)"
    exit 0
}

if [ -x .tools/opa ] && is_pinned .tools/opa; then done_with "already there"; fi

scratch=$(mktemp -d .tools/get_opa.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

on_path=$(command -v opa || true)
if [ -n "$on_path" ] && is_pinned "$on_path"; then
    cp "$on_path" "$scratch/opa"
    mv -f "$scratch/opa" .tools/opa
    done_with "copied from $on_path"
fi

if command -v go >/dev/null 2>&1; then
    if GOBIN="$PWD/$scratch" go install "github.com/open-policy-agent/opa@v$VERSION" >"$scratch/log" 2>&1; then
        mv -f "$scratch/opa" .tools/opa
        is_pinned .tools/opa || fail "the OPA that Go built is not $VERSION"
        done_with "built by go install"
    fi
    tail -n 3 "$scratch/log" >&2
    echo "get_opa: go install failed, trying the release" >&2
fi

case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) name=opa_linux_amd64_static ;;
    Linux-aarch64 | Linux-arm64) name=opa_linux_arm64_static ;;
    Darwin-x86_64) name=opa_darwin_amd64 ;;
    Darwin-arm64) name=opa_darwin_arm64_static ;;
    *) fail "no release for $(uname -s) $(uname -m): build OPA $VERSION and put it on PATH" ;;
esac
url="https://github.com/open-policy-agent/opa/releases/download/v$VERSION/$name"

get() {
    if command -v curl >/dev/null 2>&1; then
        curl --fail --silent --show-error --location --proto '=https' --max-time 300 --output "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
        wget --quiet --https-only --timeout=60 --output-document="$2" "$1"
    else
        fail "neither go, curl nor wget is here: put OPA $VERSION on PATH"
    fi
}
get "$url" "$scratch/opa" || fail "cannot download $url"
# The checksum is the one published beside the release: it proves the transfer, not the publisher.
get "$url.sha256" "$scratch/sum" || fail "cannot download $url.sha256"

expected=$(cut -d ' ' -f 1 "$scratch/sum")
if command -v sha256sum >/dev/null 2>&1; then
    actual=$(sha256sum "$scratch/opa" | cut -d ' ' -f 1)
else
    actual=$(shasum -a 256 "$scratch/opa" | cut -d ' ' -f 1)
fi
[ ${#expected} -eq 64 ] && [ "$expected" = "$actual" ] || fail "the checksum of $url is $actual and should be $expected"
chmod 755 "$scratch/opa"
is_pinned "$scratch/opa" || fail "the release does not run here, or is not OPA $VERSION"
mv -f "$scratch/opa" .tools/opa
done_with "release $name, checksum verified"
