"""Make ready what a run's sandboxes start from: the image, and in it what the repository needs installed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sandboxes.contract import Policy
from sandboxes.errors import BackendUnavailable, ImageMissing, SandboxError
from sandboxes.images import BASE, ensure_image, require_image
from sandboxes.images.recipe import recipe_names
from sandboxes.images.setup import Setup, SetupFailed
from sandboxes.images.snapshot import ensure_setup, find_setup
from sweagent.agent.strategy import Emit
from sweagent.app.options import SolveOptions
from sweagent.app.own_image import own_image
from sweagent.app.telling import telling
from sweagent.app.wanted import Wanted, decide
from sweagent.core.errors import BadInput
from sweagent.core.event import Progressed, Warned
from sweagent.repo.detect import Project
from sweagent.repo.mirror import Mirror
from sweagent.repo.sandbox_table import OWN_IMAGES
from sweagent.repo.template import template
from sweagent.repo.tree import Tree
from sweagent.repo.workspace import Workspaces

_LOCKS = re.compile(
    r"(requirements[^/]*\.txt|constraints[^/]*\.txt|pyproject\.toml|setup\.(py|cfg)|(uv|poetry|pdm|Cargo|yarn)\.lock"
    r"|package(-lock)?\.json|pnpm-lock\.yaml|Cargo\.toml|go\.(mod|sum)|Gemfile(\.lock)?)$"
)
_PYTHON = re.compile(r"\b(pip3?|python3?|pytest|poetry|uv|pdm)\b")
_VENV = "if python3 -c 'import ensurepip' 2>/dev/null; then python3 -m venv --system-site-packages /opt/deps/venv; fi"
_OFFLINE = re.compile(
    r"name resolution|Could not resolve|Name or service not known|ENOTFOUND|EAI_AGAIN|unreachable|NewConnectionError"
    r"|ETIMEDOUT|ECONNREFUSED|CERTIFICATE_VERIFY_FAILED|Could not find a version|No matching distribution",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every sandbox of a run has in common."""

    project: Project
    image: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Place:
    """Where and for whom to prepare: one repository at one base commit, on one kind of wall."""

    run: str
    mirror: Mirror
    base: str
    tree: Tree
    workspaces: Workspaces
    backend: str
    emit: Emit

    async def say(self, message: str) -> None:
        """Tell one line of progress."""
        await self.emit(Progressed(phase="prepare", message=message))


async def prepare(options: SolveOptions, place: Place) -> Prepared:
    """Decide what is needed, say it, and make it. Costs nothing where nothing has to be installed.

    Raises:
        BadInput: `sweagent.toml` is wrong, a set-up that somebody asked for fails, or an image cannot be had.
        SandboxError: the engine fails.
    """
    wanted = await decide(options, place.mirror, place.base, place.tree)
    await place.say(f"tests: {wanted.project.test_command} ({wanted.project.why})")
    await place.say(f"image: {wanted.image} ({wanted.image_why})")
    image, wanted = await _image(wanted, place)
    if wanted.setup or wanted.packages:
        image = await _set_up(wanted, image, place)
    return Prepared(wanted.project, image, Policy(limits=wanted.limits, allow=options.allow_hosts))


async def _image(wanted: Wanted, place: Place) -> tuple[str, Wanted]:
    """The tag of the wanted image, made if need be, and `wanted` with what the image itself asks for."""
    if wanted.image in OWN_IMAGES:
        if place.backend != "docker":
            raise BadInput(f"image {wanted.image!r} needs Docker: {place.backend} cannot build; use --sandbox docker")
        return await own_image(wanted, place.mirror, place.base, place.tree, place.workspaces, place.emit)
    if wanted.image == BASE:
        return await require_image(place.backend), wanted
    if wanted.image not in recipe_names():
        if place.backend != "docker":
            raise BadInput(f"--image {wanted.image}: {place.backend} knows only {', '.join(recipe_names())}")
        return wanted.image, wanted  # the user's own word; a missing image is told when the first sandbox starts
    try:
        return await require_image(place.backend, wanted.image), wanted
    except ImageMissing:
        pass
    try:
        async with telling(place.emit, "prepare") as say:
            return await ensure_image(wanted.image, place.backend, say), wanted
    except BackendUnavailable as error:
        if not wanted.guessed or wanted.image != "python":
            raise BadInput(f"the image {wanted.image} cannot be made: {error}") from None
        await place.emit(Warned(message=f"nothing is installed: the image python cannot be made ({error})"))
        return await require_image(place.backend), replace(wanted, setup=())


async def _set_up(wanted: Wanted, image: str, place: Place) -> str:
    """The image with everything installed; `image` itself where a set-up that was only guessed does not work."""
    what = "; ".join((*([f"packages {' '.join(wanted.packages)}"] if wanted.packages else ()), *wanted.setup))
    if place.backend != "docker":
        why = f"set-up needs Docker: {place.backend} has base images only, so this cannot be installed: {what}"
        if not wanted.guessed:
            raise BadInput(f"{why}; use --sandbox docker, or --no-setup")
        await place.emit(Warned(message=why))
        return image
    setup = _as_setup(wanted, image, place)
    try:
        if (found := await find_setup(setup)) is not None:
            await place.say(f"set-up: kept from before as {found}")
            return found
        await place.say(f"set-up ({wanted.setup_why or 'sweagent.toml'}): {what}")
        return await _install(setup, place)
    except SandboxError as error:
        if not wanted.guessed:
            raise BadInput(str(error)) from None
        await place.emit(Warned(message=_went_without(error)))
        return image


def _as_setup(wanted: Wanted, image: str, place: Place) -> Setup:
    """The set-up with everything that decides its outcome: lock files, manifests, and files that commands name."""
    words = set(re.split(r"[\s'\"=;&|()]+", " ".join(wanted.setup)))
    named = {word.removeprefix("./") for word in words}
    files = [path for path in place.tree if _decides(path.decode("utf-8", "replace"), named, wanted.project.manifests)]
    hashes = tuple(f"{path.decode('utf-8', 'replace')} {place.tree[path].oid}" for path in sorted(files))
    python = any(_PYTHON.search(command) for command in wanted.setup)
    first = (_VENV,) if python and not wanted.guessed else ()
    return Setup(
        image=image,
        commands=(*first, *wanted.setup),
        packages=wanted.packages,
        about=(place.mirror.folder.name, *hashes),
        env=wanted.project.env if not wanted.guessed else {},
        uid=place.workspaces.uid,
        gid=place.workspaces.gid,
    )


def _decides(path: str, named: set[str], manifests: tuple[str, ...]) -> bool:
    at_root = "/" not in path and _LOCKS.match(path) is not None
    return at_root or path in manifests or path in named


async def _install(setup: Setup, place: Place) -> str:
    lower = await template(place.mirror, place.base, place.workspaces.uid, place.workspaces.gid)
    name = f"{place.run}-setup"
    workspace = await place.workspaces.create(name, lower)
    try:
        async with telling(place.emit, "prepare") as say:
            return await ensure_setup(replace(setup, workspace=workspace), say)
    finally:
        await place.workspaces.remove(name)


def _went_without(error: SandboxError) -> str:
    words = " ".join(error.words) if isinstance(error, SetupFailed) else ""
    cause = "the package index cannot be reached" if _OFFLINE.search(words) else "set-up failed"
    mend = "say what to install with --setup or in sweagent.toml, or pass --no-setup"
    return f"{cause}, going on without ({mend}): {error}"
