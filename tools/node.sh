#!/bin/sh
# Sees to the JavaScript packages of tools/node in $1/node where npm is to be had. Never fails: without them the checks
# that need them are skipped by name. BACKLINE_NODE=none: do not install anything.
set -u
here=$(dirname "$0")/node target=$1/node

if [ "${BACKLINE_NODE:-}" = none ] || ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "No Node.js with npm here: Teams' cards and manifest will not be checked by Microsoft's own packages. To have that, install nodejs and npm."
    exit 0
fi
mkdir -p "$target"
cp "$here/package.json" "$here/package-lock.json" "$target/"
# --legacy-peer-deps: the packed renderer has its carousel inside.
(cd "$target" && npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund --silent \
    --fetch-timeout=20000 --fetch-retries=1) </dev/null ||
    echo "npm could not install tools/node: Teams' cards and manifest will not be checked by Microsoft's own packages."
