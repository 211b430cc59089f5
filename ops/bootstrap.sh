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
index=${UPSHIFT_PACKAGE_INDEX:+--index-url $UPSHIFT_PACKAGE_INDEX}
ca=${UPSHIFT_CA_FILE:+--cert $UPSHIFT_CA_FILE}
# shellcheck disable=SC2086  # each is one option with its value, or nothing
"$venv/bin/python" -m pip install -q --disable-pip-version-check $index $ca --require-hashes -r requirements.lock
# shellcheck disable=SC2086
"$venv/bin/python" -m pip install -q --disable-pip-version-check $index $ca --no-deps -e .
