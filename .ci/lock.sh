#!/usr/bin/env bash
# Write the lock files again; pass e.g. "--upgrade" or "--upgrade-package flask" to move versions.
set -euo pipefail
cd "$(dirname "$0")/.."
compile=(.venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11)
"${compile[@]}" "$@" pyproject.toml --extra postgresql -o requirements.lock
"${compile[@]}" "$@" pyproject.toml --extra postgresql --extra analysis --group dev -c requirements.lock -o requirements-dev.lock
# The lock must install from any mirror, so it names no host.
npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund
