"""What Package.swift says of the sources: python3 -m unittest discover -s Scripts/tests"""

import json
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMPORT = re.compile(r"^(?:@\w+ )*(?:public |internal |private )?import (?:\w+ )?(\w+)", re.MULTILINE)


class ManifestTests(unittest.TestCase):
    def test_every_imported_module_is_named(self):
        """An incremental build otherwise links what was compiled against another layout of its types."""
        swift = [os.environ.get("SWIFT", "swift"), "package", "dump-package"]
        found = subprocess.run(swift, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        targets = {target["name"]: target for target in json.loads(found)["targets"]}
        for name, target in targets.items():
            folder = "Tests" if target["type"] == "test" else "Sources"
            sources = (ROOT / (target.get("path") or f"{folder}/{name}")).rglob("*.swift")
            imported = {module for source in sources for module in IMPORT.findall(source.read_text())}
            named = {list(kind.values())[0][0] for kind in target["dependencies"]}
            self.assertLessEqual(imported & targets.keys(), named, f"{name} in Package.swift")
        self.assertGreater(len(targets), 20)


if __name__ == "__main__":
    unittest.main()
