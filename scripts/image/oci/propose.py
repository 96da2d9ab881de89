# SPDX-License-Identifier: MIT
"""An image.conf for a container that comes without one, from what it says of itself."""
import json
import re

from blobs import Refused, show
from image import listed, member

GIB = 1 << 30
PORT = re.compile(r"0*([1-9][0-9]{0,4})(/tcp)?", re.IGNORECASE)


def number(text):
    found = PORT.fullmatch(text.strip())
    return int(found[1]) if found and int(found[1]) < 65536 else None


def port_of(config):
    """(port, why): from what it exposes, from its arguments, from its environment; else a guess."""
    where = "configuration"
    exposed = member(config, "ExposedPorts", dict, where, {})
    ports = sorted({number(name) for name in exposed} - {None})
    if len(ports) == 1:
        return ports[0], "The one that it exposes."
    if ports:
        return ports[0], f"It exposes {', '.join(map(str, ports))}: the one that clients talk to."
    words = listed(config, "Entrypoint", str, where) + listed(config, "Cmd", str, where)
    for i, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in ("--port", "-p", "-port"):
            port = number(value if equals else "".join(words[i + 1 : i + 2]))
            if port:
                return port, "From its arguments."
    for variable in reversed(listed(config, "Env", str, where)):
        name, _, value = variable.partition("=")
        if name.endswith("PORT") and number(value):
            return number(value), f"From its variable {show(name)}."
    return 8080, "It says none: give the one that it listens at, on 127.0.0.1."


def comment(text):
    return f"# {text}\n"


def propose(image, name, path):
    """Text of image.conf for the image at path, by the name that it shall have."""
    config = member(json.loads(image.config), "config", dict, "configuration", {})
    port, why = port_of(config)
    where = "configuration"
    program = listed(config, "Entrypoint", str, where) + listed(config, "Cmd", str, where)
    volumes = sorted(member(config, "Volumes", dict, "configuration", {}))
    size = sum(layer.part.size for layer in image.layers)
    if path != path.strip() or " ;" in path or any(not c.isprintable() for c in path):
        raise Refused(f"{show(path)}: image.conf cannot name this path; rename it")
    text = comment("Proposed from what the container says. rampart-image.conf(5) has all keys, and")
    text += comment(f"`build/bin/rampart plan images/{name} --explain` says what will be enforced.")
    text += f"format = 1\n\n[image]\nname = {name}\nversion = 1\n\n[container]\nlayout = {path}\n"
    if program:
        text += comment("It runs: " + show(" ".join(program)))
    else:
        text += comment("It names no program: add entrypoint = /PATH ARGUMENT...")
    text += comment(why) + f"port = {port}\n"
    if any(variable.startswith("NVIDIA_VISIBLE_DEVICES=") for variable in listed(config, "Env", str, where)):
        text += comment("It computes on a GPU of NVIDIA's: images/llm-cuda/image.conf has the keys for one.")
    text += "\n[limits]\n" + comment("A GiB, and what its layers have: more, if it loads a model.")
    text += f"memory = {1 + -(-size // GIB)} GiB\npids = 256\n"
    text += comment("Its /tmp, within memory.") + "scratch = 64 MiB\n"
    if volumes:
        text += comment("It wants to write there, too; each hides what the image has at that place:")
        text += "".join(comment(f"scratch {show(place)} = 64 MiB") for place in volumes)
    text += comment("Python's and PyTorch's workers want shm = 64 MiB; images/README.md has a table of what servers need.")
    return text
