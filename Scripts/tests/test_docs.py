"""The docs, followed literally: python3 -m unittest discover -s Scripts/tests

Every `sh` block of README.md, CONTRIBUTING.md and docs is run, in the order of the files below, in a copy of what it
needs and a network namespace of its own. A comment before a block says otherwise:

    <!-- not run here: why -->              nothing is run
    <!-- run by: test_name or a path -->    that test has the same programs, subcommands, options and sentences
    <!-- run: a terminal for each line -->  daemons, each started beside the others until the end

Needs root for the namespace, `swift build -c release`, `make models` and the Debian packages curl, jq and prometheus.
"""

import functools
import json
import os
import pathlib
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BIN = ROOT / ".build/release"
PYTHON = "/usr/bin/python3"
PROGRAMS = ["tx-daemon", "rx-daemon", "snr-relay", "txctl", "modelctl", "deepsc-console"]
FOLDERS = ["Benchmarks", "Config", "Deploy", "Models", "Scripts", "Sources", "Tests", "docs"]
LANGUAGES = {"sh", "toml", "ini", "yaml", "json", "python", "text"}
MARKER = re.compile(r"^<!-- (not run here|run by|run): (.+) -->$")
TERMINALS = "a terminal for each line"


def documents():
    """README first, then CONTRIBUTING, then docs by name."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name(path):
    return str(path.relative_to(ROOT))


def is_experiment(path):
    """Pages of the past: their commands are those of the commits they name."""
    return path.parent.name == "experiments" and path.name != "README.md"


class Block:
    """A fenced block: its language, its lines, and what the comment before it says."""

    def __init__(self, place, language, marker):
        self.place, self.language, self.marker = place, language, marker
        self.lines = []

    def commands(self):
        """Lines that belong together are one; comments and empty lines are none."""
        joined = "\n".join(self.lines).replace("\\\n", " ")
        return [line for line in joined.split("\n") if line.strip() and not line.strip().startswith("#")]


@functools.cache
def parsed(path):
    """The blocks of a document, and its lines outside of them, with their numbers."""
    blocks, prose, block, marker = [], [], None, None
    for number, line in enumerate(path.read_text().split("\n"), 1):
        text = line.strip()
        if text.startswith("```"):
            if block is None:
                block = Block(f"{name(path)}:{number}", text[3:], marker)
                indent = len(line) - len(line.lstrip())
            else:
                blocks.append(block)
                block, marker = None, None
        elif block is not None:
            block.lines.append(line[indent:])
        else:
            prose.append((number, line))
            found = MARKER.match(text)
            if found or text:
                marker = found.groups() if found else None
    assert block is None, f"{name(path)}: a block that does not end"
    return blocks, prose


def shell_blocks(path):
    return [block for block in parsed(path)[0] if block.language in ("sh", "console")]


def words(command):
    """A command's words without redirections, comments and what runs beside it."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        return list(lexer)
    except ValueError:
        return command.split()


def pieces(command):
    """The commands that a line joins by pipes and the like."""
    piece = []
    for word in words(command):
        if word and set(word) <= set("|&;<>()"):
            yield piece
            piece = []
        else:
            piece.append(word)
    yield piece


def spans(path):
    """Inline code outside of blocks; a span may go on in the next line."""
    text = "\n".join(line for _, line in parsed(path)[1])
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


@functools.cache
def help_of(*command):
    result = subprocess.run([*command, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=ROOT)
    return result.stdout if result.returncode == 0 else None


def options_known(piece):
    """What a command of ours says of its options, as text; None for other people's commands."""
    while piece and re.fullmatch(r"\w+=.*", piece[0]):
        piece = piece[1:]
    if piece and piece[0].endswith(("python", "python3")):
        piece = piece[1:]
    if not piece:
        return None
    program = piece[0].rsplit("/", 1)[-1]
    if program in PROGRAMS:
        command = [str(BIN / program)]
        for word in piece[1:]:
            if not re.fullmatch(r"[a-z][a-z0-9-]*", word) or word.startswith("-") or f"\n  {word} " not in help_of(*command):
                break
            command.append(word)
        return help_of(*command)
    scripts = list((ROOT / "Scripts").rglob(program)) if re.fullmatch(r"\w+\.py", program) else []
    if scripts:
        # Those for PyTorch cannot say it on every machine; then their source does.
        return help_of(PYTHON, "-B", str(scripts[0])) or scripts[0].read_text()
    return None


class DocumentTests(unittest.TestCase):
    def check(self, complaints):
        self.assertEqual(complaints, [], "\n" + "\n".join(complaints))

    def test_lines_have_at_most_120_columns(self):
        paths = [*documents(), *(ROOT / "Models/trained").glob("*.md")]
        lines = ((path, n, line) for path in paths for n, line in enumerate(path.read_text().split("\n"), 1))
        self.check([f"{name(path)}:{n}: {len(line)} columns" for path, n, line in lines if len(line) > 120])

    def test_every_page_says_for_whom_it_is(self):
        complaints = []
        for path in documents():
            if path == ROOT / "README.md":
                continue
            first = path.read_text().split("\n\n")[1]
            if not re.match(r"For (newcomers|operators|researchers|developers|contributors)", first):
                complaints.append(f"{name(path)}: does not begin with for whom it is")
        self.check(complaints)

    def test_no_state_is_named_by_a_time_of_day(self):
        clock = re.compile(r"\b(evening|night|morning|noon|\d+ (November|December|October)|the day before)\b")
        lines = ((path, n, line) for path in documents() for n, line in parsed(path)[1])
        self.check([f"{name(path)}:{n}: {line}" for path, n, line in lines if clock.search(line)])

    def test_links_lead_somewhere(self):
        def anchors(path):
            heads = [line.lstrip("#").strip() for _, line in parsed(path)[1] if line.startswith("#")]
            return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}

        complaints = []
        for path in [*documents(), *(ROOT / "Models/trained").glob("*.md")]:
            text = "\n".join(line for _, line in parsed(path)[1])
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if re.match(r"\w+:", target):
                    continue
                file, _, anchor = target.partition("#")
                there = (path.parent / file).resolve() if file else path
                if not there.exists():
                    complaints.append(f"{name(path)}: {target} does not exist")
                elif anchor and anchor not in anchors(there):
                    complaints.append(f"{name(path)}: {target} has no such heading")
        self.check(complaints)

    def test_paths_that_are_named_exist(self):
        complaints = []
        for path in documents():
            if is_experiment(path):
                continue
            text = "\n".join(spans(path) + [line for block in shell_blocks(path) for line in block.lines])
            for named in re.findall(rf"(?<![\w/.-])((?:{'|'.join(FOLDERS)})/[\w./*+-]+)", text):
                named = named.rstrip(".,")
                if "NNNN" not in named and not list(ROOT.glob(named)):
                    complaints.append(f"{name(path)}: {named} does not exist")
        self.check(complaints)

    def test_tests_that_are_named_exist(self):
        sources = "\n".join(path.read_text() for path in (ROOT / "Tests").rglob("*.swift"))
        complaints = []
        for path in documents():
            for suite, test, end in re.findall(r"`([A-Z]\w+Tests)(?:\.(\w+))?([…`])", path.read_text()):
                # A suite may have its name from the target that it is in.
                there = re.search(rf"(struct|class|extension|enum) {suite}\b", sources) or (ROOT / "Tests" / suite).is_dir()
                if not there or (test and not re.search(rf"func {test}{'' if end == '…' else chr(92) + 'b'}", sources)):
                    complaints.append(f"{name(path)}: {suite}.{test} does not exist")
        self.check(complaints)

    def test_types_that_are_named_exist(self):
        """`CamelCase` in a page of the present is a word of the code, and not only of its comments."""
        folders = ("Sources", "Tests", "Scripts", "Deploy")
        code = (ROOT / "Package.swift").read_text() + "\n".join(
            re.sub(r"//.*", "", path.read_text())
            for folder in folders
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".swift", ".py", ".c", ".h", ".service", ".socket") and path.name != "test_docs.py"
        )
        known = set(re.findall(r"\w+", code))
        complaints = []
        for path in [*documents(), *(ROOT / "Models/trained").glob("*.md")]:
            named = [] if is_experiment(path) else re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]*)\b", path.read_text())
            complaints += [f"{name(path)}: the code has no {word}" for word in sorted(set(named) - known)]
        self.check(complaints)

    def test_options_that_are_named_exist(self):
        ours = "".join(filter(None, (help_of(str(BIN / program)) for program in PROGRAMS)))
        self.assertIn("USAGE", ours, "run `make build` first")
        complaints, checked = [], 0
        for path in documents():
            if is_experiment(path):
                continue
            for command in spans(path) + [command for block in shell_blocks(path) for command in block.commands()]:
                for piece in pieces(command):
                    known = options_known(piece)
                    for option in piece if known is not None else []:
                        if option.startswith("--"):
                            checked += 1
                            if not re.search(rf"(?<![\w-]){re.escape(option.split('=')[0])}(?![\w-])", known):
                                complaints.append(f"{name(path)}: {' '.join(piece)}: no {option}")
        self.check(complaints)
        self.assertGreater(checked, 40)

    def test_make_targets_that_are_named_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        complaints = []
        for path in documents():
            for command in spans(path) + [command for block in shell_blocks(path) for command in block.commands()]:
                for piece in pieces(command):
                    for target in piece[1:] if piece[:1] == ["make"] else []:
                        if "=" not in target and not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE):
                            complaints.append(f"{name(path)}: no `make {target}`")
        self.check(complaints)

    def test_every_block_is_run_or_says_why_not(self):
        complaints = []
        for path in documents():
            blocks, prose = parsed(path)
            for block in blocks:
                if block.language not in LANGUAGES:
                    complaints.append(f"{block.place}: a block of {block.language or 'no language'}")
                if block.language != "sh" or block.marker is None:
                    continue
                kind, text = block.marker
                if kind == "not run here" and len(text.split()) < 3:
                    complaints.append(f"{block.place}: why is it not run?")
                if kind == "run" and text != TERMINALS:
                    complaints.append(f"{block.place}: run how?")
                if kind == "run by":
                    complaints += [f"{block.place}: {complaint}" for complaint in self.not_run_by(text, block)]
            complaints += [
                f"{name(path)}:{number}: an indented block: fence it"
                for (_, before), (number, line) in zip(prose, prose[1:])
                if line.startswith("    ") and not before.strip()
            ]
            markers = [line for _, line in prose if line.strip().startswith("<!--")]
            used = sum(block.marker is not None for block in blocks)
            if len(markers) != used:
                complaints.append(f"{name(path)}: {len(markers)} comments for {used} blocks")
        self.check(complaints)

    def not_run_by(self, test, block):
        """What of a block a test does not have: programs, subcommands, options, sentences."""
        path = ROOT / test if "/" in test else HERE / f"{test}.py"
        if not path.exists():
            return [f"there is no {test}"]
        text = path.read_text()
        telling = re.compile(r"-{0,2}[A-Za-z][A-Za-z-]*|.* .*")
        return [
            f"{test} has no {word}"
            for command in block.commands()
            for piece in pieces(command)
            for word in piece
            if telling.fullmatch(word) and word not in text
        ]

    def test_blocks_do_what_they_say(self):
        import namespaces

        namespaces.require("unshare", "--net", "true")
        before = self.status()
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                ["unshare", "--net", sys.executable, "-B", __file__, "inside", folder], capture_output=True, text=True
            )
            self.assertEqual(result.returncode, 0, result.stdout[-4000:] + result.stderr[-4000:])
        self.assertEqual(self.status(), before, "the docs leave something behind")

    def status(self):
        return subprocess.run(
            ["git", "status", "--porcelain"], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout


class Tour:
    """A reader in a copy of the repository, in one shell, with a terminal for each daemon."""

    def __init__(self, folder):
        self.folder = folder
        for entry in ["Config", "Deploy", "Scripts", "docs"]:
            shutil.copytree(ROOT / entry, folder / entry, ignore=shutil.ignore_patterns("__pycache__"))
        for entry in [".build", "Models", "Makefile"]:
            (folder / entry).symlink_to(ROOT / entry)
        # What arrives looks worse for it, and the tour takes minutes less.
        transmitter = folder / "Config/tx-daemon.toml"
        text = transmitter.read_text()
        for line, quick in [
            (r"# inversion_steps = \d+", "inversion_steps = 3"),
            (r"working_resolution = \d+", "working_resolution = 128"),
            (r"edit_steps = \d+", "edit_steps = 2"),
            (r"# edit_refinement_steps = \d+", "edit_refinement_steps = 1"),
            (r"# matching_steps = \d+", "matching_steps = 1"),
        ]:
            text, count = re.subn(f"^{line}", quick, text, flags=re.MULTILINE)
            assert count == 1, line
        transmitter.write_text(text)
        self.before = self.contents()
        self.environment = dict(os.environ, PATH=f"{folder}/.build/release:{os.environ['PATH']}")
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self.daemons = {}
        self.status, told = os.pipe()
        self.shell = subprocess.Popen(
            ["bash", "-o", "pipefail", "-o", "nounset"], stdin=subprocess.PIPE, cwd=folder, pass_fds=[told],
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), text=True,
        )
        self.told = told

    def contents(self):
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_relative_to(self.folder / "demo") and ".build" not in path.parts
        }

    def run(self, block):
        for command in block.commands():
            began = time.monotonic()
            if block.marker == ("run", TERMINALS):
                self.start(command)
            else:
                self.type(block, command)
            print(f"{time.monotonic() - began:6.1f} s  {block.place}: {command}", flush=True)

    def type(self, block, command):
        output = self.folder.parent / f"{self.folder.name}.output"
        self.shell.stdin.write(f"{{ {command}\n}} </dev/null >'{output}' 2>&1 {self.told}>&-\necho $? >&{self.told}\n")
        self.shell.stdin.flush()
        ready, _, _ = select.select([self.status], [], [], 600)
        code = os.read(self.status, 20).decode().strip() if ready else "no end after 600 s"
        text = output.read_text(errors="replace")
        output.unlink()
        assert code == "0", f"{block.place}: {command}\nended with {code}:\n{text}\n{self.logs()}"

    def start(self, command):
        program = words(command)[0]
        assert program in PROGRAMS, program
        if program in self.daemons:
            assert self.daemons[program].wait(60) != 0, f"{program} runs already"
        with open(self.folder / f"demo/{program}.log", "ab") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )
        self.daemons[program] = process
        ready, end = self.folder / f"demo/run/{program}.ready", time.monotonic() + 120
        while not ready.exists() or json.loads(ready.read_text() or "{}").get("pid") != process.pid:
            assert process.poll() is None and time.monotonic() < end, f"{command}: not ready\n{self.logs()}"
            time.sleep(0.05)

    def logs(self):
        return "\n".join(f"--- {log.name}\n{log.read_text()[-1500:]}" for log in self.folder.glob("demo/*.log"))

    def end(self):
        """Ends what was started; returns the daemons' exit codes."""
        self.shell.stdin.close()
        self.shell.wait(60)
        for process in self.daemons.values():
            if process.poll() is None:
                process.terminate()
        return {program: process.wait(120) for program, process in self.daemons.items()}


def inside(folder):
    """In a network namespace of its own: all blocks, in order."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    tour = Tour(folder / "repository")
    try:
        for path in documents():
            for block in shell_blocks(path):
                if block.marker is None or block.marker[0] == "run":
                    tour.run(block)
    finally:
        codes = tour.end()
    assert set(codes.values()) == {0} and len(codes) == 3, (codes, tour.logs())
    for picture in ["sent", "aligned", "inverted", "edited", "without-smile", "faces", "w", "glasses"]:
        assert (folder / f"repository/demo/{picture}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", picture
    assert list(folder.glob("repository/demo/run/received/*/picture.png"))
    left, was = tour.contents(), tour.before
    assert left.keys() == was.keys(), f"left behind: {sorted(left.keys() ^ was.keys())}"
    assert left == was, f"changed: {[path for path in left if left[path] != was[path]]}"


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        directory = pathlib.Path(sys.argv[2])
        (directory / "repository").mkdir()
        inside(directory)
    else:
        unittest.main()
