"""What a run's sandboxes are to be like: as was asked, else as the repository says, else as was detected."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from sandboxes.contract import Limits
from sweagent.app.options import SolveOptions
from sweagent.core.errors import BadInput
from sweagent.repo.detect import Project, detect
from sweagent.repo.mirror import Mirror
from sweagent.repo.sandbox_table import Most, SandboxTable, limits_of, read_table
from sweagent.repo.tree import Tree

_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision, with nothing made yet.

    Attributes:
        project: test command, environment, and the manifests that a set-up depends on.
        image: a recipe, an image of the engine (only where the user named it), ``Dockerfile`` or ``devcontainer``.
        image_why: who says so.
        packages: Debian packages.
        setup: shell commands.
        setup_why: who says so.
        guessed: the set-up was detected: where it fails, the work goes on without.
        limits: what one sandbox may use.
    """

    project: Project
    image: str
    image_why: str
    packages: tuple[str, ...]
    setup: tuple[str, ...]
    setup_why: str
    guessed: bool
    limits: Limits


async def decide(options: SolveOptions, mirror: Mirror, commit: str, tree: Tree) -> Wanted:
    """Find out what `commit` needs.

    Raises:
        BadInput: `sweagent.toml` is not what it may be, or no test command is known.
    """
    if options.no_setup and options.setup:
        raise BadInput("--setup and --no-setup exclude each other")
    table = await read_table(mirror, commit, tree)
    limits = limits_of(table.limits, host_most(), Limits())
    if options.test or table.test is None:
        project = await detect(mirror, commit, tree, options.test)
    else:
        project = await detect(mirror, commit, tree, table.test, "[sandbox] test in sweagent.toml")
    project = replace(project, env={**project.env, **table.env})
    setup, setup_why, guessed = _setup(options, table, project)
    packages = () if options.no_setup else tuple(table.packages)
    image, image_why = _image(options, table, project, bool(setup or packages))
    return Wanted(project, image, image_why, packages, setup, setup_why, guessed and not packages, limits)


def host_most() -> Most:
    """The most that a repository may ask for on this machine: half the memory, all processors, a day."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    cpus = max(float(os.cpu_count() or 1), Limits().cpus)
    return Most(memory=max(memory, Limits().memory_bytes), pids=4096, cpus=cpus, seconds=_DAY)


def _setup(options: SolveOptions, table: SandboxTable, project: Project) -> tuple[tuple[str, ...], str, bool]:
    if options.no_setup:
        return (), "--no-setup", False
    if options.setup:
        return options.setup, "given by --setup", False
    if table.commands is not None:
        return table.commands, "[sandbox] setup in sweagent.toml", False
    return project.setup, project.setup_why, True


def _image(options: SolveOptions, table: SandboxTable, project: Project, installs: bool) -> tuple[str, str]:
    if options.image:
        return options.image, "given by --image"
    if table.image:
        return table.image, "[sandbox] image in sweagent.toml"
    if installs:
        return ("python", "something has to be installed") if project.image == "base" else (project.image, project.why)
    if project.image in ("base", "python"):
        return "base", "nothing has to be installed"
    return project.image, project.why
