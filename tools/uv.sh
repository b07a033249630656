#!/bin/sh
# Prints the path of a uv that works: the one on PATH, else a pinned one from PyPI, put into .tools/.
# Usage: tools/uv.sh PYTHON
set -eu

python=$1
version=0.13.9
cd "$(dirname "$0")/.."

works() {
    # Dependency groups and this lock file's format need 0.5.
    case $("$1" --version 2>/dev/null) in
        "" | "uv 0."[0-4].*) return 1 ;;
        "uv "*) return 0 ;;
        *) return 1 ;;
    esac
}

for candidate in "$(command -v uv || true)" "$PWD/.tools/venv/bin/uv" "$PWD/.tools/target/bin/uv"; do
    if [ -n "$candidate" ] && works "$candidate"; then
        echo "$candidate"
        exit
    fi
done

# Settings of pip's that forbid or redirect an installation into a folder.
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV
export PIP_DISABLE_PIP_VERSION_CHECK=1
echo "fetching uv $version" >&2
rm -rf .tools/venv .tools/target
mkdir -p .tools

# Some Linux distributions ship Python without ensurepip, which `venv` needs, but with pip, or the other way round.
if "$python" -m venv .tools/venv >.tools/log 2>&1 &&
    .tools/venv/bin/python -m pip install --quiet "uv==$version" >>.tools/log 2>&1 && works .tools/venv/bin/uv; then
    echo "$PWD/.tools/venv/bin/uv"
elif "$python" -m pip install --quiet --target .tools/target "uv==$version" >>.tools/log 2>&1 &&
    works .tools/target/bin/uv; then
    echo "$PWD/.tools/target/bin/uv"
else
    cat .tools/log >&2
    echo "No uv on PATH, and $python can fetch none. Install uv (https://docs.astral.sh/uv/), or Python's pip or" \
        "venv (Debian, Ubuntu: apt install python3-venv), and call make again." >&2
    exit 1
fi
