#!/bin/sh
# The main job on this machine: the real daemons on 127.0.0.1, one photo, one sentence, one picture to look at.
#   Scripts/demo.sh [PHOTO [SENTENCE]]
# Leaves demo/received.png, demo/montage.png and demo/summary.json, and stops what it started.
set -eu
cd "$(dirname "$0")/.."
photo=${1:-docs/images/astronaut.png}
sentence=${2:-she should not smile}
. Scripts/daemons.sh
rm -f demo/received.png demo/montage.png demo/summary.json

echo "starting rx-daemon, snr-relay (12 dB) and tx-daemon"
start rx-daemon
start snr-relay --snr-db 12 --seed 1
start tx-daemon
start deepsc-console
echo "watch it at $(page)"

"$bin/txctl" submit "$photo" "$sentence" --socket "$run/tx.sock" --wait --json >"$run/transfer.json"
id=$(sed -n 's/.*"id" *: *"\([^"]*\)".*/\1/p' "$run/transfer.json" | head -n 1)
sent="$run/spool/$id"
received="$run/received/$id"

cp "$received/picture.png" demo/received.png
"$bin/modelctl" montage --output demo/montage.png \
    "photo, aligned=$sent/aligned.png" "inverted=$sent/inverted.png" \
    "edited, as sent=$sent/edited.png" "received at 12 dB=demo/received.png"
/usr/bin/python3 Scripts/demo_summary.py "$run/transfer.json" "$received/transfer.json" 12 demo/summary.json
echo "look at demo/montage.png; what arrived is demo/received.png, the figures are demo/summary.json"
echo "for faces and sentences of your own: make console"
