#!/bin/sh
# The tests, after `swift build --build-tests` and `make deb`: those of Swift one at a time, because on two cores the
# networks would starve the tests that talk over sockets; and beside them those of Python, file by file, which mostly wait
# for daemons. Says of each Python file how it went and how long it took.
#   Scripts/run_tests.sh
# Environment: SWIFT and PYTHON, the programs to use.
set -eu
case ${1:-} in -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0"; exit 0 ;; esac
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${PYTHON:-/usr/bin/python3}
log=$(mktemp)
trap 'kill "$others" 2>/dev/null || true; rm -f "$log"' EXIT
trap 'exit 130' INT TERM

(
    cd Scripts/tests
    failed=0
    for file in test_*.py; do
        began=$(date +%s)
        if said=$($python -m unittest "$file" 2>&1); then verdict=ok; else verdict=FAILED failed=1; fi
        echo "$file: $verdict after $(($(date +%s) - began)) s"
        [ "$verdict" = ok ] || echo "$said"
    done
    exit $failed
) >"$log" 2>&1 &
others=$!

code=0
$swift test -c release -Xswiftc -enable-testing --skip-build --no-parallel || code=$?
wait "$others" || code=1
cat "$log"
exit $code
