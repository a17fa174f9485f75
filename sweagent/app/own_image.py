"""Build the image that a repository describes itself: by its Dockerfile or its devcontainer.

The build sees a context exported from the base commit, never the user's tree and never an agent's.
"""

from __future__ import annotations

import asyncio
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from sandboxes.images.build import Build, BuildFailed, ensure_build, find_build
from sweagent.agent.strategy import Emit
from sweagent.app.telling import telling
from sweagent.app.wanted import Wanted
from sweagent.core.errors import BadInput
from sweagent.core.event import Warned
from sweagent.repo.devcontainer import PLACES, Devcontainer, parse_devcontainer
from sweagent.repo.mirror import Mirror
from sweagent.repo.sandbox_table import check_env
from sweagent.repo.template import template
from sweagent.repo.tree import Tree
from sweagent.repo.workspace import Workspaces

_BIGGEST = 1 << 30
_FOREIGN = ".sweagent.Dockerfile"


async def own_image(
    wanted: Wanted, mirror: Mirror, base: str, tree: Tree, workspaces: Workspaces, emit: Emit
) -> tuple[str, Wanted]:
    """The tag of the repository's own image, built if need be, and `wanted` with what a devcontainer adds to it.

    Raises:
        BadInput: there is no such file, it is wrong, or it does not build.
        BackendUnavailable: the engine does not answer.
    """
    if wanted.image == "Dockerfile":
        if b"Dockerfile" not in tree:
            raise BadInput("image = 'Dockerfile', but the repository has no file Dockerfile at its root")
        described = Devcontainer(dockerfile="Dockerfile")
    else:
        described = await _devcontainer(mirror, base, tree)
        wanted = _with(described, wanted)
        if described.ignored:
            await emit(Warned(message=f"devcontainer.json: not done here: {', '.join(described.ignored)}"))
    if sum(entry.size for entry in tree.values()) > _BIGGEST:
        raise BadInput(f"the repository is larger than {_BIGGEST >> 20} MiB, too large to be a build context")
    return await _build(described, mirror, base, workspaces, emit), wanted


async def _devcontainer(mirror: Mirror, base: str, tree: Tree) -> Devcontainer:
    place = next((place for place in PLACES if place.encode() in tree), None)
    if place is None:
        raise BadInput(f"image = 'devcontainer', but the repository has none of {', '.join(PLACES)}")
    text = await mirror.read(base, place)
    names = [path.decode("utf-8", "replace") for path in tree]
    found = parse_devcontainer(text or "", place, names)
    try:
        check_env(found.env)
    except ValueError as error:
        raise BadInput(f"{place}: the environment {error}") from None
    return found


def _with(described: Devcontainer, wanted: Wanted) -> Wanted:
    """A devcontainer's commands replace a set-up that was only guessed, and come before one that was named."""
    project = replace(wanted.project, env={**wanted.project.env, **described.env})
    if wanted.setup_why == "--no-setup" or not described.commands:
        return replace(wanted, project=project)
    named = () if wanted.guessed else wanted.setup
    return replace(
        wanted, project=project, setup=(*described.commands, *named), setup_why="devcontainer.json", guessed=False
    )


async def _build(described: Devcontainer, mirror: Mirror, base: str, workspaces: Workspaces, emit: Emit) -> str:
    tree_id = await mirror.git.text("rev-parse", f"{base}^{{tree}}")
    key = f"{tree_id} {described.image}"
    dockerfile = described.dockerfile or _FOREIGN
    build = Build(Path(), dockerfile, key, described.args, described.target)
    if (found := await find_build(build)) is not None:
        return found
    lower = await template(mirror, base, workspaces.uid, workspaces.gid)
    with tempfile.TemporaryDirectory(prefix="sweagent-context-") as scratch:
        context = Path(scratch) / "context.tar"
        await asyncio.to_thread(_export, lower, described.image, context)
        async with telling(emit, "prepare") as say:
            say(f"building {dockerfile if described.dockerfile else described.image}")
            try:
                return await ensure_build(replace(build, context=context), say)
            except BuildFailed as error:
                raise BadInput(str(error)) from None


def _export(lower: Path, image: str, context: Path) -> None:
    """The template's files without its `.git`: we wrote them from the commit's blobs, and no sandbox can."""

    def plain(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if item.name == "./.git" or item.name.startswith("./.git/"):
            return None
        item.uid = item.gid = 0
        item.uname = item.gname = ""
        item.mtime = 0  # so that the engine's own cache of layers knows equal files
        return item

    with tarfile.open(context, "w") as tar:
        if image:  # nothing of the repository is needed
            (context.parent / "Dockerfile").write_text(f"FROM {image}\n", encoding="utf-8")
            tar.add(context.parent / "Dockerfile", _FOREIGN)
        else:
            tar.add(lower, ".", filter=plain)
