#!/usr/bin/env python3
"""Writes the man page of a program that is made with Swift's ArgumentParser.

    Scripts/make_manual.py PROGRAM [--date YYYY-MM-DD] > PROGRAM.1

Asks the program itself (`--experimental-dump-help`), so the page says what `--help` says, subcommands included.
"""

import argparse
import datetime
import json
import subprocess
import sys
import textwrap


def roff(text):
    """Text with what roff would take for commands made harmless."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def name_of(argument):
    """How an argument is written on the command line."""
    value = argument.get("valueName", "")
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])]
    if argument["kind"] == "positional":
        return f"<{value}>"
    return ", ".join(names) + (f" <{value}>" if argument["kind"] == "option" else "")


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def subcommands(command):
    """Those of a command, but for the `help` that every program has."""
    return [child for child in command.get("subcommands", []) if child["commandName"] != "help"]


def synopsis(command, path):
    words = [path]
    for argument in shown(command):
        word = name_of(argument).split(", ")[-1]
        if argument.get("isRepeating"):
            word += " ..."
        words.append(f"[{word}]" if argument.get("isOptional") else word)
    if subcommands(command):
        words.append("<subcommand>")
    return " ".join(words)


def paragraphs(text):
    """The discussion, indented lines kept as they are."""
    lines = []
    for paragraph in text.strip("\n").split("\n\n"):
        example = any(line.startswith(" ") for line in paragraph.split("\n"))
        lines += [".PP"] + ([".nf"] if example else []) + [roff(paragraph)] + ([".fi"] if example else [])
    return lines


def section(command, path, level):
    """A command and its subcommands."""
    heading = ".SH" if level == 0 else ".SS"
    lines = []
    if level > 0:
        lines += [f'{heading} "{roff(path)}"', roff(command.get("abstract", ""))]
    lines += [".SH SYNOPSIS"] if level == 0 else [".PP"]
    lines += [f"\\fB{roff(synopsis(command, path))}\\fR"]
    if level == 0:
        lines += [".SH DESCRIPTION", roff(command.get("abstract", ""))]
    lines += paragraphs(command.get("discussion", "")) if command.get("discussion") else []
    if level == 0 and shown(command):
        lines += [".SH OPTIONS"]
    for argument in shown(command):
        lines += [".TP", f"\\fB{roff(name_of(argument))}\\fR"]
        text = argument.get("abstract", "")
        if argument.get("defaultValue") is not None:
            text += f" (default: {argument['defaultValue']})"
        lines += [roff(text.strip()) or "\\&"]
    if level == 0 and subcommands(command):
        lines += [".SH COMMANDS"]
    for child in subcommands(command):
        lines += section(child, f"{path} {child['commandName']}", level + 1)
    return lines


def main():
    parser = argparse.ArgumentParser(description=textwrap.dedent(__doc__).split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    options = parser.parse_args()
    answer = subprocess.run([options.program, "--experimental-dump-help"], capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"make_manual: {options.program}: {answer.stderr.strip()}")
    command = json.loads(answer.stdout)["command"]
    name = command["commandName"]
    lines = [f'.TH {name.upper()} 1 "{options.date}" "editable-deepsc"', ".SH NAME"]
    lines += [f"{roff(name)} \\- {roff(command.get('abstract', '').rstrip('.'))}"]
    lines += section(command, name, 0)
    lines += [".SH SEE ALSO", "/usr/share/doc/editable\\-deepsc\\-common/"]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
