"""Runs inside the booted system (boot.sh): the installed units do their work, and result.json says what was seen."""

import ctypes
import json
import os
import pathlib
import re
import subprocess
import time
import traceback
import urllib.request

DAEMONS = ["tx-daemon", "snr-relay", "rx-daemon", "deepsc-console"]
RX, TX = pathlib.Path("/var/lib/private/editable-deepsc-rx"), pathlib.Path("/var/lib/private/editable-deepsc-tx")
PTRACE_ATTACH, WALL = 16, 0x40000000
ETC = pathlib.Path("/etc/editable-deepsc")


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def show(unit, name):
    return run("systemctl", "show", unit, "--property", name, "--value").strip()


def change(name, old, new):
    path = ETC / f"{name}.toml"
    text, count = re.subn(old, new, path.read_text(), flags=re.M)
    if count != 1:
        raise RuntimeError(f"{old} is {count} times in {path}")
    path.write_text(text)


def user(*command):
    """As somebody who is nothing but a member of the group."""
    return run("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=editable-deepsc", *command)


def wait(what, condition):
    end = time.monotonic() + 60
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"gave up waiting: {what}")
        time.sleep(0.1)


def hang(unit, name):
    """Stops one thread of a unit's daemon, whose id it returns; all others go on."""
    pid = int(show(unit, "MainPID"))
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            if ctypes.CDLL(None, use_errno=True).ptrace(PTRACE_ATTACH, int(task.name), None, None) != 0:
                raise RuntimeError(f"ptrace: {os.strerror(ctypes.get_errno())}")
            os.waitpid(int(task.name), WALL)
            return int(task.name)
    raise RuntimeError(f"no thread {name}")


def work(seen):
    run("editable-deepsc-make-key", ETC / "link.key")
    change("tx-daemon", r"^# inversion_steps = \d+", "inversion_steps = 3")
    change("tx-daemon", r"^working_resolution = \d+", "working_resolution = 128")
    change("tx-daemon", r"^edit_steps = \d+", "edit_steps = 2")
    change("tx-daemon", r"^# edit_refinement_steps = \d+", "edit_refinement_steps = 1")
    change("tx-daemon", r"^# matching_steps = \d+", "matching_steps = 1")
    run("systemctl", "start", "rx-daemon", "snr-relay", "tx-daemon.socket")
    seen["rx state"] = show("rx-daemon", "ActiveState")
    seen["rx status"] = show("rx-daemon", "StatusText")
    seen["tx before"] = show("tx-daemon", "ActiveState")

    # A transfer: the first word on the socket starts tx-daemon.
    out = user("txctl", "submit", "/mnt/photo.png", "she should not smile", "--wait", "--json")
    seen["id"] = json.loads(out[: out.rindex("}") + 1])["id"] if out.lstrip().startswith("{") else out.split()[0]
    seen["tx after"] = show("tx-daemon", "ActiveState")
    seen["record"] = json.loads((TX / "spool" / seen["id"] / "job.json").read_text())
    seen["picture bytes"] = (RX / "received" / seen["id"] / "picture.png").stat().st_size
    seen["relay"] = json.loads(user("txctl", "relay", "status", "--json"))
    pages = [urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode() for port in [9464, 9465, 9466]]
    seen["metrics"] = sorted({re.match(r"\w+", line)[0] for line in "\n".join(pages).split("\n") if line[:1].isalpha()})
    seen["socket mode"] = run("stat", "--format=%a %G", "/run/editable-deepsc/tx.sock").strip()
    seen["owner"] = run("stat", "--format=%U", RX / "received" / seen["id"]).strip()

    run("journalctl", "--sync")
    lines = run("journalctl", "--output=json", f"TRANSFER_ID={seen['id']}").splitlines()
    seen["journal"] = [(line["_SYSTEMD_UNIT"], line["PRIORITY"], line["MESSAGE"]) for line in map(json.loads, lines)]

    # The page: opened by the token that its first log line has, it leads to all three daemons.
    run("systemctl", "start", "deepsc-console")
    run("journalctl", "--sync")
    line = re.search(r"http://127\.0\.0\.1:8480/login\?token=(\w+)", run("journalctl", "-o", "cat", "-u", "deepsc-console"))
    for path in ["tx/v1/status", "relay/v1/relay", "rx/v1/receptions", f"rx/v1/receptions/{seen['id']}/picture"]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:8480/api/{path}", headers={"Authorization": f"Bearer {line[1]}"}
        )
        seen[f"page {path.split('/')[-1]}"] = urllib.request.urlopen(asked).status
    seen["token mode"] = run("stat", "--format=%a", "/var/lib/private/editable-deepsc-console/console.token").strip()

    # Reload: a good file, then a bad one.
    change("rx-daemon", r'^log_level = "\w+"', 'log_level = "debug"')
    run("systemctl", "reload", "rx-daemon")
    wait("reload", lambda: "read again" in show("rx-daemon", "StatusText"))
    change("rx-daemon", r'^log_level = "\w+"', 'log_level = "loud"')
    run("systemctl", "reload", "rx-daemon")
    wait("bad reload", lambda: "not taken" in show("rx-daemon", "StatusText"))
    seen["rx after reloads"] = show("rx-daemon", "ActiveState")
    change("rx-daemon", r'^log_level = "\w+"', 'log_level = "info"')

    # Watchdog: idle for longer than it allows, then one thread hangs.
    drop_in = pathlib.Path("/run/systemd/system/rx-daemon.service.d")
    drop_in.mkdir(parents=True)
    (drop_in / "watchdog.conf").write_text("[Service]\nWatchdogSec=3\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "rx-daemon")
    time.sleep(7)
    seen["restarts while idle"] = show("rx-daemon", "NRestarts")
    thread = hang("rx-daemon", "maths")
    wait("the watchdog", lambda: "Watchdog timeout" in run("journalctl", "--output=cat", "-u", "rx-daemon"))
    # The process is gone only when its traced thread has been waited for.
    os.waitpid(thread, WALL)
    wait("restart by the watchdog", lambda: show("rx-daemon", "NRestarts") == "1")
    wait("started anew", lambda: show("rx-daemon", "ActiveState") == "active")
    run("journalctl", "--sync")
    seen["watchdog log"] = run("journalctl", "--output=cat", "-u", "rx-daemon")

    run("systemctl", "stop", "tx-daemon.socket", "snr-relay.socket", "rx-daemon.socket", *DAEMONS)
    for unit in DAEMONS:
        seen[f"{unit} result"] = show(unit, "Result")
    # Removed, a package leaves no daemon running and nothing that starts one.
    run("systemctl", "enable", "--now", "rx-daemon")
    link = pathlib.Path("/etc/systemd/system/multi-user.target.wants/rx-daemon.service")
    seen["link while installed"] = link.is_symlink()
    run("dpkg", "--remove", "editable-deepsc-rx")
    seen["link when removed"] = link.is_symlink()
    seen["rx when removed"] = subprocess.run(["pgrep", "-x", "rx-daemon"], capture_output=True, text=True).stdout
    seen["complaints"] = run("journalctl", "--output=cat", "--priority=err", "-u", "tx-daemon", "-u", "snr-relay")


result = {}
try:
    work(result)
except Exception:
    result["error"] = traceback.format_exc()
    subprocess.run("journalctl --no-pager --lines=60 >/mnt/journal.log", shell=True)
pathlib.Path("/mnt/result.json").write_text(json.dumps(result, indent=2))
