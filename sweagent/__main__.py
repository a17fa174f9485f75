"""`python -m sweagent`: forget the current folder, then run the command line.

``python -m`` puts the current folder first on the module path, and that folder may be an untrusted checkout. It is
dropped before anything else is imported, unless this package itself lives there. What Python imports before this line
cannot be helped from here: in a checkout that has its own `sweagent/` use the `sweagent` script or ``python -P -m``.
"""

import os
import sys

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 (pathlib could be theirs)
if os.path.realpath(os.getcwd()) != os.path.realpath(_HERE):  # noqa: PTH109
    sys.path[:] = [p for p in sys.path if p and os.path.realpath(p) != os.path.realpath(os.getcwd())]  # noqa: PTH109

from sweagent.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main()
