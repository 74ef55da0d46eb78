"""Tests of the Debian packages in .build/deb (`make deb`): python3 -m unittest discover -s Scripts/tests

Needs the Debian packages dpkg-dev and lintian.
"""

import gzip
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEBS = ROOT / ".build/deb"
PROGRAMS = ["deepsc-console", "modelctl", "rx-daemon", "snr-relay", "tx-daemon", "txctl"]


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


class PackageTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.debs = sorted(DEBS.glob("*.deb"))
        assert len(cls.debs) == 6, "run `make deb` first"
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.tree = pathlib.Path(temporary.name)
        for deb in cls.debs:
            subprocess.run(["dpkg-deb", "--extract", deb, cls.tree], check=True)

    def test_lintian_finds_neither_error_nor_warning(self):
        result = run("lintian", "--allow-root", "--fail-on", "error,warning", "--no-tag-display-limit", *self.debs)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_programs_need_nothing_of_swift(self):
        for program in PROGRAMS:
            libraries = run("ldd", self.tree / "usr/bin" / program)
            self.assertEqual(libraries.returncode, 0, program)
            self.assertNotIn("swift", libraries.stdout)
            self.assertNotIn("Foundation", libraries.stdout)
            self.assertNotIn("not found", libraries.stdout)
            version = run(self.tree / "usr/bin" / program, "--version", env={})
            self.assertEqual((version.returncode, version.stdout), (0, "0.1.0\n"))

    def test_installed_configurations_have_no_complaints(self):
        for program in ["deepsc-console", "rx-daemon", "snr-relay", "tx-daemon"]:
            path = self.tree / f"etc/editable-deepsc/{program}.toml"
            # The packages are unpacked, not installed: what a configuration reads of them lies below the tree.
            text = path.read_text().replace('"/usr/share/', f'"{self.tree}/usr/share/')
            unpacked = self.tree / f"{program}.toml"
            unpacked.write_text(text)
            checked = run(self.tree / "usr/bin" / program, "--config", unpacked, "--check-config")
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertNotIn("demo/", text)

    def test_every_program_has_a_manual_and_completions(self):
        for program in PROGRAMS:
            manual = gzip.decompress((self.tree / f"usr/share/man/man1/{program}.1.gz").read_bytes()).decode()
            self.assertIn(f'.TH {program.upper()} 1 "2', manual)
            self.assertEqual("<subcommand>" in manual, program in ["modelctl", "txctl"])
            self.assertNotIn("demo/run", manual.replace("\\", ""))
            for option in run(self.tree / "usr/bin" / program, "--help").stdout.split():
                if option.startswith("--") and option.strip("-.,").isalpha():
                    self.assertIn(option.strip(".,").replace("-", "\\-"), manual)
            bash = self.tree / f"usr/share/bash-completion/completions/{program}"
            self.assertEqual(run("bash", "-n", bash).returncode, 0)
            for path in [f"zsh/vendor-completions/_{program}", f"fish/vendor_completions.d/{program}.fish"]:
                self.assertIn(program, (self.tree / "usr/share" / path).read_text())

    def test_units_start_what_is_installed(self):
        for unit in (self.tree / "lib/systemd/system").glob("*.service"):
            [start] = [line for line in unit.read_text().split("\n") if line.startswith("ExecStart=")]
            program, option, path = start.removeprefix("ExecStart=").split()
            self.assertTrue((self.tree / program.lstrip("/")).exists())
            self.assertEqual(option, "--config")
            self.assertTrue((self.tree / path.lstrip("/")).exists())

    def test_what_the_shipped_pages_call_is_shipped(self):
        folder = self.tree / "usr/share/doc/editable-deepsc-common"
        pages = {page.name: gzip.decompress(page.read_bytes()).decode() for page in folder.glob("*.md.gz")}
        self.assertIn("operations.md.gz", pages)
        scripts = {script for text in pages.values() for script in re.findall(r"Scripts/interop/(\w+\.py)", text)}
        self.assertGreaterEqual(len(scripts), 3)
        for script in scripts:
            self.assertTrue((folder / "examples/interop" / script).exists(), script)
        self.assertTrue((folder / "examples/gnuradio/channel.grc").exists())
        for page in re.findall(r"[\w-]+\.md\.gz", (folder / "README.Debian").read_text()):
            self.assertIn(page, pages)

    def test_no_fetched_network_is_packed(self):
        imported = self.tree / "var/lib/editable-deepsc/imported"
        self.assertEqual(list(imported.iterdir()), [])
        self.assertTrue(any((self.tree / "usr/share/editable-deepsc/models/trained").glob("*.safetensors")))


if __name__ == "__main__":
    unittest.main()
