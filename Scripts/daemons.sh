# For scripts in the repository's root: the daemons of Config on 127.0.0.1, in demo/run, stopped when the script ends.
# Sourced, not run.
bin=.build/release
run=demo/run

mkdir -p "$run"
rm -f "$run"/*.ready
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

page() { # where deepsc-console, once started, shows it all
    port=$(sed -n 's/.*"httpPort" *: *\([0-9]*\).*/\1/p' "$run/deepsc-console.ready")
    echo "http://127.0.0.1:$port/login?token=$(cat "$run/console.token")"
}
