"""Node projects: what `package.json` says."""

from __future__ import annotations

from sweagent.repo.detect.files import Files, table
from sweagent.repo.detect.kit import Kit

_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_OTHER_LOCKS = ("yarn.lock", "pnpm-lock.yaml", "bun.lock")
_WANTED = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


async def node_kit(files: Files) -> Kit | None:
    """The guess for a Node project; None where there is no `package.json`."""
    if "package.json" not in files.names:
        return None
    package = await files.json("package.json")
    script = table(package, "scripts").get("test")
    has_test = isinstance(script, str) and bool(script.strip()) and "no test specified" not in script
    wanted = sum(len(table(package, key)) for key in _WANTED)
    lock = files.first(*_LOCKS)
    other = files.first(*_OTHER_LOCKS)
    install = "npm ci" if lock else "npm install --no-package-lock"
    why = f"{wanted} packages in package.json" + (f", at the versions of {lock}" if lock else "")
    if other and not lock:
        why += f" ({other} is not read)"
    manifests = ("package.json", *(name for name in (*_LOCKS, ".npmrc") if name in files.names))
    return Kit(
        words="npm|npx|node|yarn|pnpm|jest|mocha|vitest",
        image="node",
        test="npm test" if has_test else "",
        why="scripts.test in package.json",
        # scripts of the project itself, such as git hooks, are no reason to go without its packages
        setup=(f"{install} || {install} --ignore-scripts",) if wanted else (),
        setup_why=why if wanted else "",
        manifests=manifests if wanted else (),
    )
