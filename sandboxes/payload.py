"""Find `tools/`, the program shipped into sandboxes: beside this package when installed, else in the checkout."""

from __future__ import annotations

from pathlib import Path

from sandboxes.errors import BackendUnavailable


def tools_folder() -> Path:
    """The folder whose content becomes `tools/` inside.

    Raises:
        BackendUnavailable: the installation lacks it.
    """
    here = Path(__file__).resolve().parent
    for place in (here / "_tools", here.parent / "tools"):
        if (place / "__init__.py").is_file():
            return place
    raise BackendUnavailable(
        f"the tools that go into sandboxes are missing beside {here}", mend="install the package again, from its wheel"
    )
