"""What Package.swift says of the sources, and what the programs in .build/release contain:
python3 -m unittest discover -s Scripts/tests
"""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMPORT = re.compile(r"^(?:@\w+ )*(?:public |internal |private )?import (?:\w+ )?(\w+)", re.MULTILINE)


# docs/architecture.md: a target imports only targets in rows below its own. C targets are in row 0.
ROWS = [
    {"Basics"},
    {"Tensor", "Imaging"},
    {"Networks", "Channel", "Wire"},
    {"SemanticCoding"},
    {"SemanticTraining", "ControlAPI"},
    {"ServiceKit"},
    {"Transmitter", "Receiver", "Relay", "Console", "Evaluation"},
    {"tx-daemon", "rx-daemon", "snr-relay", "deepsc-console", "txctl", "modelctl"},
]
# Modules that a program must not contain.
FOREIGN = {
    "tx-daemon": ["SemanticTraining", "Evaluation", "Receiver", "Relay"],
    "rx-daemon": ["SemanticTraining", "Evaluation", "Transmitter", "Relay"],
    "snr-relay": ["SemanticTraining", "Evaluation", "SemanticCoding", "Networks", "Transmitter", "Receiver"],
    "deepsc-console": ["SemanticTraining", "SemanticCoding", "Networks", "Transmitter", "Receiver", "Relay"],
    "txctl": ["ServiceKit", "Hummingbird", "SemanticTraining", "SemanticCoding", "Networks"],
    "modelctl": ["ServiceKit", "Hummingbird"],
}


class ManifestTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # In a folder of its own: that of the build may be locked by the tests of Swift.
        with tempfile.TemporaryDirectory() as scratch:
            swift = [os.environ.get("SWIFT", "swift"), "package", "--scratch-path", scratch, "dump-package"]
            found = subprocess.run(swift, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        cls.targets = {target["name"]: target for target in json.loads(found)["targets"]}

    @staticmethod
    def named(target):
        return {list(kind.values())[0][0] for kind in target["dependencies"]}

    def test_targets_know_only_rows_below(self):
        row = {name: number for number, names in enumerate(ROWS) for name in names}
        for name, target in self.targets.items():
            if target["type"] == "test" or name == "TestSupport":
                continue
            if name.startswith("C") and name not in row:
                continue
            for other in self.named(target) & row.keys():
                self.assertLess(row[other], row[name], f"{name} imports {other}")

    def test_programs_contain_nothing_foreign(self):
        for program, modules in FOREIGN.items():
            content = (ROOT / ".build/release" / program).read_bytes()
            for module in modules:
                # As mangled names begin.
                self.assertNotIn(f"$s{len(module)}{module}".encode(), content, f"{program} links {module}")

    def test_every_imported_module_is_named(self):
        """An incremental build otherwise links what was compiled against another layout of its types."""
        for name, target in self.targets.items():
            folder = "Tests" if target["type"] == "test" else "Sources"
            sources = (ROOT / (target.get("path") or f"{folder}/{name}")).rglob("*.swift")
            imported = {module for source in sources for module in IMPORT.findall(source.read_text())}
            self.assertLessEqual(imported & self.targets.keys(), self.named(target), f"{name} in Package.swift")
        self.assertGreater(len(self.targets), 20)


if __name__ == "__main__":
    unittest.main()
