#!/usr/bin/env bash
# Print the path of a Chromium for the browser tests, installing one if need be; a browser test is never skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

installed() {
  local name
  for name in "${CLINIC_TEST_BROWSER:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    # Ubuntu's chromium may be a stub that only asks for a snap, so the browser must say its version.
    if [ -n "$name" ] && command -v "$name" >/dev/null && timeout 60 "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return 0
    fi
  done
  local own
  own="$(.venv/bin/python -c 'from playwright.sync_api import sync_playwright as s
with s() as p: print(p.chromium.executable_path)' 2>/dev/null)" || return 1
  if [ -x "$own" ] && timeout 60 "$own" --version >/dev/null 2>&1; then echo "$own"; else return 1; fi
}

installed && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "No Chromium here: installing the distribution's package." >&2
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; } >&2 || true
  installed && exit 0
fi
echo "No Chromium here: asking Playwright for its own." >&2
.venv/bin/python -m playwright install chromium >&2 || true
installed && exit 0
echo "The browser tests need Chromium: install it (for example: sudo apt install chromium), or set CLINIC_TEST_BROWSER to its path." >&2
exit 1
