#!/usr/bin/env bash
# Runs a check that may skip what a machine lacks, and fails when it did: here nothing may be missing.
# Usage: no-skips.sh COMMAND...
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>&1 | tee "$log"
# As our checks say it, and as Node's test runner counts it.
if grep -E 'SKIPPED|^(ℹ|#) skipped [1-9]' "$log" >/dev/null; then
  echo "no-skips: something was skipped, see above" >&2
  exit 1
fi
