#!/bin/sh
# Sees to a headless Chromium for the browser tests where one is to be had. Never fails: without one those tests are
# skipped by name. BACKLINE_BROWSER=none: do not install anything.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    ! command -v "$name" >/dev/null || exit 0
done
[ ! -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ] || exit 0

if [ "${BACKLINE_BROWSER:-}" != none ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium for the browser tests, once (BACKLINE_BROWSER=none: leave it out)."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && timeout 600 apt-get install -yqq --no-install-recommends chromium; } >/dev/null 2>&1 </dev/null || true
fi
command -v chromium >/dev/null || echo "No Chromium here: the browser tests will be skipped. To have them, install chromium and run again."
