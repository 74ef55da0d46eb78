"""The kernels built for ARM64, whose plain vectors are NEON's, and run by qemu: the same results as here.

Swift itself is not built for ARM64: that takes its toolchain or SDK for that processor, which no package has.
"""

import math
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNELS = ROOT / "Sources/CKernels"


def built(folder, name, *target):
    objects = []
    for source in [*KERNELS.glob("*.c"), ROOT / "Scripts/tests/arm64/kernels.c"]:
        objects.append(folder / f"{name}-{source.stem}-{source.parent.name}.o")
        subprocess.run(
            ["clang", *target, "-O2", "-Wall", "-Werror", "-c", f"-I{KERNELS / 'include'}", source, "-o", objects[-1]],
            check=True, timeout=300)
    program = folder / name
    linker = "aarch64-linux-gnu-gcc" if target else "clang"
    subprocess.run([linker, *objects, "-lm", "-o", program], check=True, timeout=60)
    return program


class ARM64Kernels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.there = built(cls.folder, "arm64", "--target=aarch64-linux-gnu", "-I/usr/aarch64-linux-gnu/include")

    def results(self, *command):
        text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
        lines = [line.partition(":") for line in text.splitlines()]
        return {name: [float(number) for number in numbers.split()] for name, _, numbers in lines}

    def test_neon_gives_what_this_processor_gives(self):
        own = self.results(built(self.folder, "own"))
        there = self.results("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", self.there)
        self.assertGreater(len(own), 25)
        self.assertEqual(own.keys(), there.keys())
        for kernel, values in own.items():
            self.assertEqual(len(values), len(there[kernel]), kernel)
            for a, b in zip(values, there[kernel]):
                self.assertTrue(math.isfinite(a) and abs(a - b) <= 2e-5 * max(1, abs(a)), f"{kernel}: {a}, {b}")

    def test_objects_for_arm64_use_neon(self):
        text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", self.there], check=True, capture_output=True,
                              text=True, timeout=60).stdout
        self.assertIn("fmla\tv", text)


if __name__ == "__main__":
    unittest.main()
