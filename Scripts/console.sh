#!/bin/sh
# The real daemons on this machine and the page for them, until Ctrl-C.
#   Scripts/console.sh [SNR]      SNR: Es/N0 in dB to begin with; 12 without it
set -eu
cd "$(dirname "$0")/.."
snr=${1:-12}
. Scripts/daemons.sh

echo "starting rx-daemon, snr-relay ($snr dB), tx-daemon and deepsc-console"
start rx-daemon
start snr-relay --snr-db "$snr"
start tx-daemon
start deepsc-console
echo "open $(page)"
echo "Ctrl-C stops all of it; logs are in $run"
wait
