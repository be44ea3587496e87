#!/bin/sh
# `make clean`: the clone as it came. Needs no Python, for the environment may be what is broken.
set -eu
cd "$(dirname "$0")/.."

if [ -e var/locks/run ] && command -v flock >/dev/null && ! flock --nonblock var/locks/run true; then
    echo "Counterfoil is running in this clone: stop that 'make run' first." >&2
    exit 1
fi
if [ -s var/id ] && [ "$(id -u)" = 0 ]; then
    rm -rf "/var/lib/counterfoil-$(cat var/id)"
fi
rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
find . -name __pycache__ -type d -prune -exec rm -rf {} +
