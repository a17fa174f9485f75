"""Start a runner: connect to the search, mend the import path, and serve."""

# Runs under Python 3.8 too, and asks the system in the cheapest way.

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any

from . import isolate
from .tree import Tree


def move_paths(workspace: str, root: str) -> None:
    """Let everything that is imported from the workspace (editable installs too) come from the copy at `root`."""

    def moved(path: Any) -> Any:
        if isinstance(path, str) and (path == workspace or path.startswith(workspace + os.sep)):
            return root + path[len(workspace) :]
        return path

    sys.path[:] = [moved(path) for path in sys.path]
    for finder in sys.meta_path:
        module = sys.modules.get(getattr(finder, "__module__", ""), None)
        mapping = getattr(module, "MAPPING", None)
        if isinstance(mapping, dict):
            for name in mapping:
                mapping[name] = moved(mapping[name])


def main(config: dict[str, Any]) -> int:
    """Connect to the search's socket and serve jobs, one JSON object a line, until it closes."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.connect(config["socket"])
    isolate.keep_private(channel.fileno())
    jobs = channel.makefile("rb")

    def reply(message: dict[str, Any]) -> None:
        channel.sendall(json.dumps(message).encode() + b"\n")

    isolate.become_subreaper()
    root = config["root"]
    sys.path[:] = [path for path in sys.path if path not in ("", config["home"])]
    if config.get("cwd_on_path"):
        sys.path.insert(0, root)
    move_paths(config["workspace"], root)
    os.chdir(root)
    tree = Tree(root, config["workspace"])
    if config["mode"] == "hot":
        from . import hot as server
    else:
        from . import cold as server  # type: ignore[no-redef]
    return int(server.serve(config, jobs, reply, tree))
