#!/bin/sh
# The main job on this machine: three real daemons on 127.0.0.1, one photo, one sentence, one picture to look at.
#   Scripts/demo.sh [PHOTO [SENTENCE]]
# Leaves demo/received.png, demo/montage.png and demo/summary.json, and stops what it started.
set -eu
cd "$(dirname "$0")/.."
photo=${1:-docs/images/astronaut.png}
sentence=${2:-she should not smile}
bin=.build/release
run=demo/run

mkdir -p "$run"
rm -f "$run"/*.ready demo/received.png demo/montage.png demo/summary.json
Scripts/make_key.sh "$run/link.key"

pids=
stop() {
    for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $pids; do wait "$pid" 2>/dev/null || true; done
    pids=
}
trap stop EXIT
trap 'exit 130' INT TERM

start() { # NAME ARGUMENTS…: starts a daemon and waits until it is ready
    name=$1
    shift
    "$bin/$name" --config "Config/$name.toml" "$@" >"$run/$name.log" 2>&1 &
    pid=$!
    pids="$pids $pid"
    tries=0
    until [ -e "$run/$name.ready" ]; do
        if ! kill -0 "$pid" 2>/dev/null; then
            echo "$name did not start; the end of $run/$name.log:" >&2
            tail -n 5 "$run/$name.log" >&2
            exit 1
        fi
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ]; then
            echo "$name is not ready after 60 s; see $run/$name.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

echo "starting rx-daemon, snr-relay (12 dB) and tx-daemon"
start rx-daemon
start snr-relay --snr-db 12 --seed 1
start tx-daemon

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
