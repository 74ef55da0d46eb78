"""Deploy/slurm on a cluster of one node: python3 -m unittest discover -s Scripts/tests

Needs `swift build -c release`, `make models`, root, and the Debian packages slurmctld, slurmd and munge.
"""

import contextlib
import os
import pathlib
import pwd
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELCTL = ROOT / ".build/release/modelctl"
FACES = ROOT / "Tests/NetworksTests/Fixtures"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """munged, slurmctld and slurmd with all their files in one folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.running = []
        self.environment = dict(os.environ, SLURM_CONF=str(self.folder / "slurm.conf"))

    def __enter__(self):
        # munged insists on folders that nobody else can change.
        munge = self.folder / "munge"
        munge.mkdir(mode=0o755)
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o600)
        host = socket.gethostname().split(".")[0]
        cores = min(2, os.cpu_count())
        (self.folder / "slurm.conf").write_text(f"""
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CredType=cred/munge
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
SlurmdSpoolDir={self.folder}/slurmd
StateSaveLocation={self.folder}/state
SlurmctldLogFile={self.folder}/slurmctld.log
SlurmdLogFile={self.folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=1,sched_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
        (self.folder / "state").mkdir()
        (self.folder / "slurmd").mkdir()
        self.start("munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket",
                   f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        self.wait(lambda: (munge / "socket").exists(), "munged")
        self.start("slurmctld", "-D", "-f", str(self.folder / "slurm.conf"))
        self.start("slurmd", "-D", "-f", str(self.folder / "slurm.conf"), "-N", host)
        self.wait(lambda: "idle" in self.run("sinfo", "--noheader", "-o", "%t").stdout, "the node")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.run("scancel", "--state=RUNNING,PENDING", "--user", pwd.getpwuid(os.getuid()).pw_name)
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)

    def start(self, name, *arguments):
        path = next(p for p in ("/usr/sbin/" + name, "/usr/bin/" + name) if os.path.exists(p))
        with open(self.folder / (name + ".out"), "w") as output:
            self.running.append(subprocess.Popen([path, *arguments], stdout=output, stderr=output,
                                                 env=self.environment))

    def run(self, *command, **options):
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, timeout=60, **options)

    def wait(self, holds, what, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                logs = [path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.[lo]*") if path.is_file()]
                raise AssertionError(f"{what} is not there: " + "\n".join(logs))
            time.sleep(0.2)


@unittest.skipUnless(os.getuid() == 0, "munge and slurmd are started as root")
class SlurmTest(unittest.TestCase):
    def test_an_array_gives_what_one_machine_gives(self):
        experiment = ["--faces", "faces", "--aligned", "--steps", "1", "--matching-steps", "1", "--no-edits",
                      "--chains", "editable-deepsc", "--snr", "6"]
        with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
            folder = pathlib.Path(name)
            folder.chmod(0o755)
            (folder / "faces").mkdir()
            for face in sorted(FACES.glob("face-*.png"))[:3]:
                (folder / "faces" / face.name).symlink_to(face)
            environment = {"MODELCTL": str(MODELCTL), "EDITABLE_DEEPSC_MODELS": str(ROOT / "Models")}
            with Cluster(folder) as cluster:
                cluster.environment.update(environment)
                sent = cluster.run("sbatch", "--parsable", "--array=1-2", str(ROOT / "Deploy/slurm/experiment.sbatch"),
                                   "main", *experiment, cwd=folder)
                self.assertEqual(sent.returncode, 0, sent.stderr)
                job = sent.stdout.strip()
                cluster.wait(lambda: not cluster.run("squeue", "--noheader", "--job", job).stdout.strip(), "the end", 600)
                logs = "".join(path.read_text() for path in folder.glob("*-*.log"))
                parts = sorted(path.name for path in folder.glob("main-*-of-2.jsonl"))
                self.assertEqual(parts, ["main-1-of-2.jsonl", "main-2-of-2.jsonl"], logs)
                # Two shards of three faces: two and one, and the conditions each.
                lines = [len((folder / part).read_text().splitlines()) for part in parts]
                self.assertEqual(lines, [3, 2], logs)

                def modelctl(*arguments):
                    done = cluster.run(str(MODELCTL), "evaluate", *arguments, cwd=folder)
                    self.assertEqual(done.returncode, 0, done.stderr)

                modelctl("merge", *parts, "--output", "merged.jsonl")
                modelctl("main", *experiment, "--record", "whole.jsonl")
                self.assertEqual((folder / "merged.jsonl").read_bytes(), (folder / "whole.jsonl").read_bytes())
                modelctl("report", "merged.jsonl", "--output", "report.html")
                self.assertIn("<svg", (folder / "report.html").read_text())


if __name__ == "__main__":
    unittest.main()
