#!/bin/sh
# One inversion step (W code, 1024 px trunk, 256 px loss with LPIPS-VGG16, Adam; batch 1): this project against PyTorch
# eager with two threads, interleaved in one run. Prints each round's medians and the ratio of their medians.
#
#   Scripts/benchmark_inversion.sh [ROUNDS]      PYTHON=python3 with torch and safetensors; needs Models/imported
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-3}
python=${PYTHON:-python3}
swift build -c release --package-path Benchmarks --product inversion-step
ours=Benchmarks/.build/release/inversion-step
results=$(mktemp)
trap 'rm -f "$results"' EXIT
round=0
while [ "$round" -lt "$rounds" ]; do
    "$ours" --steps 9 >>"$results"
    "$python" Scripts/torch_reference.py benchmark --models Models/imported --steps 5 >>"$results"
    round=$((round + 1))
done
"$python" - "$results" <<'PY'
import json, statistics, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
times = {}
for run in runs:
    print(f"{run['implementation']:>28}: {run['median'] * 1000:8.0f} ms")
    times.setdefault(run["implementation"], []).append(run["median"])
ours = statistics.median(times.pop("editable-deepsc"))
(name, theirs), = ((name, statistics.median(values)) for name, values in times.items())
print(json.dumps({"milliseconds": ours * 1000, "reference": name, "referenceMilliseconds": theirs * 1000,
                  "ratio": theirs / ours}))
PY
