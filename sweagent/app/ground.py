"""Open the ground that sandboxes start from: mirror, tree, image and set-up of one repository at one commit."""

from __future__ import annotations

import os

from sandboxes.contract import Backend
from sweagent.agent.strategy import Emit
from sweagent.app.options import SolveOptions
from sweagent.app.paths import home
from sweagent.app.prepare import Place, prepare
from sweagent.core import event as ev
from sweagent.lead.ground import Ground
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import Source
from sweagent.repo.workspace import Workspaces

SANDBOX_ID = 1000
"""User and group inside where this process is root; else its own, so that files stay its own."""


async def open_ground(options: SolveOptions, run: str, source: Source, backend: Backend, emit: Emit) -> Ground:
    """Fetch the base commit, find out how it is built and tested, and see that its image is there.

    Raises:
        BadInput: it cannot be fetched, tested or set up; the message says what to do.
        SandboxError: the image cannot be had.
    """
    await emit(ev.Progressed(phase="prepare", message=f"{source.location} at {source.base[:12]}"))
    for notice in source.notices:
        await emit(ev.Warned(message=notice))
    place = home()
    mirror = await Mirror.open(place, source)
    tree = await mirror.tree(source.base)
    uid, gid = (SANDBOX_ID, SANDBOX_ID) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    workspaces = Workspaces(place / "workspaces", uid, gid)
    prepared = await prepare(options, Place(run, mirror, source.base, tree, workspaces, backend.name, emit))
    return Ground(
        run=run,
        mirror=mirror,
        base=source.base,
        tree=tree,
        project=prepared.project,
        workspaces=workspaces,
        backend=backend,
        image=prepared.image,
        emit=emit,
        test_seconds=options.test_timeout,
        policy=prepared.policy,
    )
