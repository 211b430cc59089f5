#!/bin/sh
# Makes the toolkit's virtual environment from the lock file. Needs Python 3.11 or later.
set -eu
venv=$1
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Upshift needs Python 3.11 or later; $python is $("$python" --version 2>&1)." >&2
    echo "  next: make PYTHON=/path/to/python3.11 up" >&2
    exit 8
}
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get install -y --no-install-recommends python3-venv >/dev/null
    else
        echo "Python's venv module is missing.  next: apt-get install python3-venv" >&2
        exit 8
    fi
fi
echo "==> Python environment in $venv (dependencies locked by hash)"
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# By variables: a process list shows arguments, and the index's URL may hold a password.
if [ -n "${UPSHIFT_PACKAGE_INDEX:-}" ]; then export PIP_INDEX_URL="$UPSHIFT_PACKAGE_INDEX"; fi
if [ -n "${UPSHIFT_CA_FILE:-}" ]; then export PIP_CERT="$UPSHIFT_CA_FILE"; fi
"$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e .
