"""What one language's conventions say about a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kit:
    """A guess: image recipe, set-up and test command, each with its reason.

    Attributes:
        words: regular expression for programs that belong to this language, to tell whose a given command is.
        test: the test command; empty where there is no sign of tests.
    """

    words: str
    image: str = "base"
    test: str = ""
    why: str = ""
    setup: tuple[str, ...] = ()
    setup_why: str = ""
    manifests: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    def runs(self, command: str) -> bool:
        """Whether `command` looks like one of this language."""
        return bool(self.words) and re.search(rf"(?<![\w.-])(?:{self.words})(?![\w-])", command) is not None
