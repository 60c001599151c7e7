#!/usr/bin/env bash
# Everything a change must pass. Installs what the tests need where it can, and says what to install where it can't.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

node scripts/install.js
PATH="$PWD/node_modules/.bin:$PATH"

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || missing+=(dovecot-imapd dovecot-pop3d)
command -v openssl >/dev/null || missing+=(openssl)
if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "The tests need: ${missing[*]}. On Debian: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

say 'types' && tsc -p .
say 'lint' && oxlint --type-aware --deny-warnings
say 'format' && prettier --check --log-level warn .
say 'unit tests' && vitest run --project unit
say 'integration tests' && vitest run --project integration
say 'client' && vite build --logLevel warn
say 'browser tests' && playwright test -c e2e/playwright.config.ts
say 'all passed'
