#!/bin/sh
# What `make bench` does: where a job's time goes, and this project beside its peers, interleaved in one run.
#
#   Scripts/bench.sh [ROUNDS]      three rounds by default; ten minutes and 1 GB of downloads on two cores
#
# PyTorch comes into an environment of its own, .build/bench-venv (PYTORCH=python3 takes another one that has torch and
# safetensors). Idle machines only: others' work counts as one's own.
set -eu
case ${1:-} in -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0"; exit 0 ;; esac
cd "$(dirname "$0")/.."
rounds=${1:-3}
swift=${SWIFT:-swift}
venv=.build/bench-venv
pytorch=${PYTORCH:-$venv/bin/python}
if [ ! -x "$(command -v "$pytorch")" ]; then
    ${PYTHON:-/usr/bin/python3} -m venv $venv
    $venv/bin/python -m pip install --quiet --disable-pip-version-check numpy safetensors torch
fi
"$swift" build -c release --package-path Benchmarks
ours=Benchmarks/.build/release/inversion-step
results=$(mktemp)
trap 'rm -f "$results"' EXIT

echo "== a job by default"
.build/release/modelctl profile docs/images/astronaut.png "make her smile a little more" 2>/dev/null
echo "== a job at 128 pixels"
.build/release/modelctl profile docs/images/astronaut.png "make her smile a little more" --working-resolution 128 \
    --steps 14 --resolution 128 2>/dev/null

reference() { "$pytorch" Scripts/torch_reference.py benchmark --models Models/imported --steps 5 "$@"; }
round=0
while [ "$round" -lt "$rounds" ]; do
    for what in step picture lpips; do
        $ours --what $what --steps 9
        reference --what $what
        reference --what $what --compiled
        if grep -q avx512_bf16 /proc/cpuinfo; then
            $ours --what $what --steps 9 --precision bfloat16
            reference --what $what --compiled --bfloat16
        fi
    done >>"$results"
    round=$((round + 1))
done
echo "== beside PyTorch: medians in milliseconds, and how many times as long as ours"
"$pytorch" - "$results" <<'PY'
import collections, json, statistics, sys
times = collections.defaultdict(lambda: collections.defaultdict(list))
for run in map(json.loads, open(sys.argv[1])):
    times[run["what"]][run["implementation"]].append(run["median"])
for what, found in times.items():
    medians = {name: statistics.median(values) for name, values in found.items()}
    for name, median in medians.items():
        ours = medians["editable-deepsc, bfloat16" if "bfloat16" in name else "editable-deepsc"]
        print(f"{what:>8}  {name:<40} {median * 1000:9.1f}  {median / ours:6.2f}")
PY

echo "== noise: symbols a processor-second, the model alone and over UDP"
Benchmarks/.build/release/channel-model
Scripts/relay_throughput.py --runs 3
