#!/usr/bin/python3
"""Kills the daemons at random moments while transfers flow over a bad link, and checks that nothing is lost.

    Scripts/torture.py [--jobs 200] [--kills 100] [--seed 1] [--directory demo/torture]

Every accepted transfer must end exactly once, acknowledged (with one result at the receiver, whose digest is the one
acknowledged) or expired; nothing else may lie at the receiver. Exit code 0 when that holds, 1 when not.
"""
import argparse
import json
import pathlib
import random
import sys
import threading
import time

from link_under_test import FINAL, ROOT, Link

FAULTS = "{ loss = 0.2, reorder = 0.2, reorder_ms = 30, duplicate = 0.1, delay_ms = 2, jitter_ms = 10 }"


def submit_all(link, count, accepted, stop):
    """Hands in `count` transfers, each until it is accepted; the answer may be lost with a killed daemon."""
    for number in range(count):
        key = f"torture {number}"
        while not stop.is_set():
            try:
                status, answer = link.submit(number, "she should smile", key)
            except (OSError, ValueError):
                status, answer = 0, None
            if status in (200, 201):
                accepted[key] = answer["id"]
                break
            if status not in (0, 409, 429, 503, 507):
                raise RuntimeError(f"submission {number} refused: {status} {answer}")
            time.sleep(0.1)


def progress(done, jobs, kills, began):
    line = f"{len(done)} of {jobs} transfers over, {kills} kills, {time.monotonic() - began:.0f} s"
    print(f"\r{line}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def over(link):
    """Ids of transfers that are over; None while nobody answers."""
    try:
        return {id for id, record in link.transfers().items() if record["state"] in FINAL}
    except (OSError, ValueError, KeyError):
        return None


def check(link, accepted):
    """What is wrong, as lines."""
    records, results, wrong = link.transfers(), link.results(), []
    for key, id in accepted.items():
        record = records.get(id)
        if record is None:
            wrong.append(f"{key}: {id} was accepted and is not there")
        elif record["state"] not in ("acknowledged", "expired"):
            wrong.append(f"{key}: {id} is {record['state']}: {record.get('failure')}")
        elif record["state"] == "acknowledged" and results.get(id) != record["reception"]["pictureDigest"]:
            wrong.append(f"{key}: {id} was acknowledged with another picture than the receiver has")
    if len(set(accepted.values())) != len(accepted):
        wrong.append("two submissions got one transfer")
    wrong += [f"{id}: a transfer that nobody knows of" for id in records if id not in accepted.values()]
    wrong += [f"{id}: a result that nobody sent" for id in results if id not in records]
    aside = link.directory / "spool" / "set-aside"
    if aside.exists():
        wrong += [f"{path.name}: set aside" for path in aside.iterdir()]
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="of the moments, the victims and the link's faults")
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "demo" / "torture")
    parser.add_argument("--timeout", type=float, default=1800, help="most seconds for all of it")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    link = Link(options.directory, FAULTS, options.seed)
    accepted, stop, began = {}, threading.Event(), time.monotonic()
    kills = dict.fromkeys(Link.NAMES, 0)
    # Spread over the flow: a kill is due when so many transfers are over, and then at a random moment.
    due = sorted(dice.randrange(options.jobs) for _ in range(options.kills))
    failures = []
    try:
        link.start_all()
        submitter = threading.Thread(target=submit_all, args=(link, options.jobs, accepted, stop), daemon=True)
        submitter.start()
        done = set()
        while due or submitter.is_alive() or len(done) < options.jobs:
            if time.monotonic() - began > options.timeout:
                failures.append(f"not over after {options.timeout:.0f} s")
                break
            if not submitter.is_alive() and len(accepted) < options.jobs:
                failures.append("the submitter gave up")
                break
            time.sleep(dice.expovariate(1 / 0.5))
            if due and due[0] <= len(done):
                due.pop(0)
                victim = dice.choice(Link.NAMES)
                link.kill(victim)
                kills[victim] += 1
                time.sleep(dice.random() * 0.3)
                link.start(victim)
            done = over(link) or done
            progress(done, options.jobs, sum(kills.values()), began)
        if not failures:
            failures = check(link, accepted)
        states = {}
        for record in link.transfers().values():
            states[record["state"]] = states.get(record["state"], 0) + 1
        attempts = [record["signal"]["attempts"] for record in link.transfers().values() if record.get("signal")]
    except (RuntimeError, OSError) as error:
        failures.append(str(error))
        states, attempts = {}, []
    finally:
        stop.set()
        codes = link.stop_all()
    failures += [f"{name} ended with {code}" for name, code in codes.items() if code != 0]
    print(file=sys.stderr)
    print(json.dumps({
        "jobs": len(accepted), "kills": kills, "states": states, "seed": options.seed,
        "sendings": sum(attempts), "most_sendings": max(attempts, default=0),
        "seconds": round(time.monotonic() - began), "failures": failures,
    }))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
