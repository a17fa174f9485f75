"""Removes a tree that an agent could write: however deep, without following a link or leaving the file system."""

from __future__ import annotations

import subprocess
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove `folder` and all below it (blocking); what cannot be removed stays, an absent folder is fine.

    By rm(1), which goes down by descriptors: a path longer than the system takes, or deeper than Python recurses, is
    made in a second by code that wishes to be remembered.
    """
    command = ["rm", "-rf", "--one-file-system", "--", str(folder)]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
