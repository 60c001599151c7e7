#!/usr/bin/env bash
# The Mail sender against real mail servers: Dovecot, installed as for the tests, and Cyrus, downloaded and unpacked by the run itself.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/tools.sh

node scripts/install.js >&2
PATH="$PWD/node_modules/.bin:$PATH"
need_tools dovecot openssl >&2

exec node scripts/conformance/run.ts "$@"
