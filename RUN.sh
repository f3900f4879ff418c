#!/usr/bin/env bash
# The one door: finds a Python that is new enough, and hands over to backend/door, which does the rest with it.
set -euo pipefail

case "${ZONDA_HOME:-/}" in
/*) ;;
*[![:space:]]*) export ZONDA_HOME="$PWD/$ZONDA_HOME" ;; # it was meant from where the user stands
esac
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

# A name on PATH proves nothing: a pyenv shim exists for versions that are not switched on, and fails when run.
works() {
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in .venv/bin/python python3.14 python3.13 python3.12 python3 python; do
        if works "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    # Newest first: 3.13 before 3.9, which only a version sort knows.
    while read -r candidate; do
        if works "$candidate"; then
            echo "$candidate"
            return
        fi
    done < <(printf '%s\n' "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.*/bin/python3 | sort -rV)
    return 1
}

if ! python=$(find_python); then
    cat >&2 <<'END'
Zonda needs Python 3.12 or newer, with its venv module, and found none on PATH nor in ~/.pyenv/versions.
  Debian, Ubuntu: apt install python3 python3-venv   (where that is 3.12 or newer)
  pyenv:          pyenv install 3.13
  macOS:          brew install python
END
    exit 1
fi

exec "$python" -m backend.door "$@"
