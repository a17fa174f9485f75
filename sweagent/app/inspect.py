"""Look at a repository without starting anything: what a run on it would need."""

from __future__ import annotations

from sweagent.app.options import SolveOptions
from sweagent.app.paths import home
from sweagent.app.wanted import Wanted, decide
from sweagent.repo.git import forget_git_environment
from sweagent.repo.mirror import Mirror
from sweagent.repo.source import open_source


async def inspect(options: SolveOptions) -> Wanted:
    """What the base commit of `options.repo` needs, found out from its files alone.

    Raises:
        BadInput: the repository cannot be read, its `sweagent.toml` is wrong, or no test command is known.
    """
    forget_git_environment()
    source = await open_source(options.repo, options.base, allow_dirty=options.allow_dirty)
    mirror = await Mirror.open(home(), source)
    return await decide(options, mirror, source.base, await mirror.tree(source.base))
