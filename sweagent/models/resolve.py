"""Opens a model by its name: ``scripted:FILE`` for a script, anything else through LiteLLM."""

from __future__ import annotations

from pathlib import Path

from sweagent.models.options import PLAIN, ModelOptions
from sweagent.models.protocol import Model

__all__ = ["ModelOptions", "check_model", "open_model"]

_SCRIPTED = "scripted:"


def check_model(name: str, options: ModelOptions = PLAIN) -> None:
    """Look whether a model can be used, before anything is started. Blocking: call it in a thread.

    Raises:
        BadInput: one line that says what to do: unknown name, no key, nothing answers, LiteLLM not installed.
    """
    if name.startswith(_SCRIPTED):
        open_model(name, options)
        return
    from sweagent.models.check import check_gateway_model

    check_gateway_model(name, options)


def open_model(name: str, options: ModelOptions = PLAIN) -> Model:
    """The model called `name`. Blocking the first time for a LiteLLM model (its import), reading a file for a script.

    Raises:
        BadInput: the script cannot be read, or LiteLLM is not installed.
    """
    if name.startswith(_SCRIPTED):
        from sweagent.models.scripted import Scripted, read_script

        return Scripted(read_script(Path(name.removeprefix(_SCRIPTED)).expanduser()), options)
    from sweagent.models.gateway import Gateway

    return Gateway(name, options)
