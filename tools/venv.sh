#!/bin/sh
# Makes the virtual environment in $1 and installs the locked dependencies and the project itself into it.
# $PYTHON, when set, is the only interpreter tried.
set -eu
venv=$1

# 0: fits; 1: not there or older than 3.11; 2: cannot make environments (Debian packs that separately).
fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || return 1
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 || return 2
}

# Sets $python to the newest that fits, or to nothing, and $bare to one that only lacks the venv parts.
# 3.14 comes late because immutables has no wheel for it and needs a C compiler there.
find_python() {
    python='' bare=''
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3.14 python3}; do
        code=0; fits "$name" || code=$?
        [ "$code" -ne 2 ] || bare=${bare:-$name}
        if [ "$code" -eq 0 ]; then python=$name; return; fi
    done
}

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    find_python
    if [ -z "$python" ] && [ -n "$bare" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "$bare cannot make virtual environments: installing python3-venv"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq python3-venv; } >/dev/null 2>&1 || true
        find_python
    fi
    if [ -z "$python" ] && [ -n "$bare" ]; then
        echo "$bare cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv; then try again." >&2
        exit 1
    fi
    if [ -z "$python" ]; then
        found=$(command -v "${PYTHON:-python3}" >/dev/null && "${PYTHON:-python3}" -V 2>&1 | head -n 1) || found='not there'
        echo "Backline needs Python 3.11 or newer; ${PYTHON:-python3} is ${found:-not there}." >&2
        echo "Debian or Ubuntu: sudo apt install python3 python3-venv. macOS: brew install python, or python.org." >&2
        echo "If it has another name or place: make PYTHON=/path/to/python3 …" >&2
        exit 1
    fi
    echo "Making $venv with $("$python" -V); this takes a minute the first time."
    "$python" -m venv --clear "$venv"
fi

pip() { "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@"; }
pip install --require-hashes --requirement requirements.lock
pip install --no-deps --no-build-isolation --no-index --editable .
