"""Make the base image from the command line: `python -m sandboxes.images [docker|bwrap]`."""

from __future__ import annotations

import asyncio
import sys

from sandboxes.errors import SandboxError
from sandboxes.images import ensure_image


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Exit status 0 with the tag on standard output, or 2 and one line that says what to do."""
    try:
        tag = asyncio.run(ensure_image(backend=sys.argv[1] if len(sys.argv) > 1 else "docker", say=_say))
    except SandboxError as error:
        _say(f"{error}" + f"; try: {error.mend}" * bool(error.mend))
        return 2
    sys.stdout.write(f"{tag}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
