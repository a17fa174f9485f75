"""How a repository is built and tested, guessed from the files of its base commit alone; nothing of it is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from sweagent.core.errors import BadInput
from sweagent.repo.detect.files import Files
from sweagent.repo.detect.kit import Kit
from sweagent.repo.detect.native import native_kits
from sweagent.repo.detect.node import node_kit
from sweagent.repo.detect.python import PYTEST, python_kit
from sweagent.repo.mirror import Mirror
from sweagent.repo.tree import Tree

__all__ = ["PYTEST", "Project", "detect"]


@dataclass(frozen=True, slots=True)
class Project:
    """What was detected.

    Attributes:
        test_command: shell command that runs the tests.
        why: why this one was chosen.
        env: environment that commands inside need.
        image: name of the image recipe that suits.
        setup: shell commands that install what the project declares; empty where there is nothing to install.
        setup_why: why these.
        manifests: the files whose content decides what the set-up installs.
    """

    test_command: str
    why: str
    env: dict[str, str] = field(default_factory=dict)
    image: str = "base"
    setup: tuple[str, ...] = ()
    setup_why: str = ""
    manifests: tuple[str, ...] = ()


async def detect(
    mirror: Mirror, commit: str, tree: Tree, given: str | None, given_why: str = "given by --test"
) -> Project:
    """The test command for `commit` and what it needs: `given` where somebody named one, else the first that fits.

    Raises:
        BadInput: no convention fits, and none is given.
    """
    files = Files(mirror, commit, frozenset(path.decode("utf-8", "replace") for path in tree))
    kits = [kit for kit in (await python_kit(files), await node_kit(files), *await native_kits(files)) if kit]
    if given:
        suited = [kit for kit in kits if kit.runs(given)]
        return _project(next(iter(suited or [kit for kit in kits if kit.test] or kits), Kit("")), given, given_why)
    for kit in kits:
        if kit.test:
            return _project(kit, kit.test, kit.why)
    raise BadInput('no test command found for this repository: say how its tests run, for example --test "make test"')


def _project(kit: Kit, test: str, why: str) -> Project:
    return Project(test, why, dict(kit.env), kit.image, kit.setup, kit.setup_why, kit.manifests)
