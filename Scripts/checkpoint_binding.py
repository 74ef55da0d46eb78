"""Binds a folder of checkpoints to the options of the training that fills it.

Another seed, rate or data set would go on from numbers that it never made: `bind` ends the program instead.
"""
import json
import os
import sys

NAME = "settings.json"
# What does not decide what is in the folder.
FREE = {"checkpoint", "compile", "golden"}


def bind(folder, options, free=()):
    """Makes `folder` where it is missing and writes the options into it; where it has others, says so and exits."""
    os.makedirs(folder, exist_ok=True)
    settings = {name: value for name, value in sorted(vars(options).items()) if name not in FREE | set(free)}
    path = os.path.join(folder, NAME)
    advice = "choose another --checkpoint, or remove the folder to start anew"
    try:
        with open(path, encoding="utf-8") as file:
            before = json.load(file)
    except FileNotFoundError:
        left = [name for name in os.listdir(folder) if not name.endswith(".new")]
        if left:
            sys.exit(f"{folder} does not say with what settings its {sorted(left)[0]} was made; {advice}")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(settings, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)
        return
    for name in sorted(before.keys() | settings.keys()):
        if before.get(name) != settings.get(name):
            sys.exit(f"{folder} holds the checkpoint of another training: its {name} is {before.get(name)!r}, not "
                     f"{settings.get(name)!r}; {advice}")
