#!/bin/sh
# The tests, after `swift build --build-tests` and `make deb`, in three lanes beside each other: the suites that work the
# networks hardest, politely and with one thread; the other suites of Swift; and the files of Python, one after the
# other, which mostly wait for daemons. Within a lane tests run one at a time: on two cores the networks would starve
# those that talk over sockets. Says of each Python file how it went and how long it took; one that hangs is ended after
# a quarter of an hour.
#   Scripts/run_tests.sh
# Environment: SWIFT and PYTHON, the programs to use.
set -eu
case ${1:-} in -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0"; exit 0 ;; esac
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
python=${PYTHON:-/usr/bin/python3}
heavy='^(EvaluationTests|SemanticTrainingTests)\.'
tests=$($swift build -c release -Xswiftc -enable-testing --show-bin-path)/editable-deepscPackageTests.xctest
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# Whoever interrupts the tests interrupts what the lanes have started, too.
trap 'trap - TERM; rm -rf "$logs"; kill 0; exit 130' INT TERM

suites() { # LOG, then how to run what: a run that finds no test is no success.
    log=$1 && shift
    code=0
    "$@" >"$log" 2>&1 || code=$?
    grep -q 'Test run with [1-9]' "$log" || code=1
    return $code
}

(
    cd Scripts/tests
    failed=0 running=
    trap '[ -z "$running" ] || kill "$running"; exit 130' TERM
    for file in test_*.py; do
        began=$(date +%s)
        # A group of its own, daemons and all.
        timeout -k 10 900 $python -m unittest "$file" >"$logs/file" 2>&1 &
        running=$!
        if wait "$running"; then verdict=ok; else verdict=FAILED failed=1; fi
        running=
        echo "$file: $verdict after $(($(date +%s) - began)) s"
        [ "$verdict" = ok ] || cat "$logs/file"
    done
    exit $failed
) >"$logs/python" 2>&1 &
python_lane=$!
suites "$logs/networks" nice -n 10 env OPENBLAS_NUM_THREADS=1 \
    "$tests" --testing-library swift-testing --no-parallel --filter "$heavy" &
network_lane=$!

code=0
suites "$logs/others" "$tests" --testing-library swift-testing --no-parallel --skip "$heavy" || code=1
cat "$logs/others"
wait "$network_lane" || code=1
cat "$logs/networks"
wait "$python_lane" || code=1
cat "$logs/python"
exit $code
