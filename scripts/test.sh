#!/usr/bin/env bash
# Everything a change must pass. Installs what the tests need where it can, and says what to install where it can't.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/tools.sh

node scripts/install.js
PATH="$PWD/node_modules/.bin:$PATH"

need_tools chromium dovecot faketime ip openssl postgresql sshd tnef

say 'types' && tsc -p .
say 'lint' && oxlint --type-aware --deny-warnings
say 'format' && prettier --check --log-level warn .
say 'unit tests' && vitest run --project unit
say 'integration tests' && vitest run --project integration
say 'client' && vite build --logLevel warn
say 'browser tests' && playwright test -c e2e/playwright.config.ts
say 'all passed'
