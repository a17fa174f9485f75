"""Start the tool server inside a sandbox: the only script that the toolbox's interpreter is given.

It stands in the toolbox beside `tools/`, and runs as `python3 -I -S -B start.py` with nothing else on its path.
"""

from __future__ import annotations

import os
import sys


def _main() -> None:
    # CPython's locale coercion (PEP 538) may have set it; commands must not inherit what nobody asked for.
    with open("/proc/self/environ", "rb") as given:  # noqa: PTH123 (pathlib costs milliseconds of start-up)
        if not any(entry.startswith(b"LC_CTYPE=") for entry in given.read().split(b"\0")):
            os.environ.pop("LC_CTYPE", None)
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (as above)
    sys.path[:0] = [here, os.path.join(os.path.dirname(here), "site")]  # noqa: PTH118, PTH120 (as above)
    from tools.server import main

    main()


if __name__ == "__main__":
    _main()
