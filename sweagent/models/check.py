"""Looks, before any run starts, whether a model can be used at all: provider known, key there, server up."""

from __future__ import annotations

import difflib
import json
import urllib.error
import urllib.request
from typing import Any

from sweagent.core.errors import BadInput
from sweagent.models import gateway, library
from sweagent.models.options import ModelOptions

_OWN_WAYS = frozenset({"github_copilot", "chatgpt", "bedrock", "sagemaker", "vertex_ai", "vertex_ai_beta", "azure"})
"""Providers that know more ways to log in than a key in the environment: their own answer decides."""
_SECONDS = 10.0
_MOST = 4_000_000


def check_gateway_model(name: str, options: ModelOptions) -> None:
    """Check a model that LiteLLM would serve. Blocking: it may import LiteLLM and ask the base URL for its models.

    Raises:
        BadInput: one line that says what to do.
    """
    litellm = library.load()
    full = gateway.full_name(name, options)
    if full.split("/", 1)[0] in _OWN_WAYS:
        return
    try:
        litellm.get_llm_provider(full, api_base=options.base_url)
    except Exception:  # noqa: BLE001 (the library's way to say that it does not know the name)
        raise BadInput(f"unknown model {name!r}{_nearest(name, _known(litellm))}") from None
    if options.base_url is not None:
        _check_server(name, options)
        return
    if options.api_key is not None:
        return
    found = litellm.validate_environment(full)
    missing = [key for key in found.get("missing_keys") or () if key.endswith(("_API_KEY", "_TOKEN"))]
    if missing and not found.get("keys_in_environment"):
        raise BadInput(f"no key for {full}: set {' or '.join(missing)} in the environment")


def _known(litellm: Any) -> list[str]:
    providers = [str(getattr(provider, "value", provider)) for provider in litellm.provider_list]
    return [*litellm.model_list, *(f"{provider}/" for provider in providers)]


def _nearest(name: str, known: list[str]) -> str:
    provider, slash, rest = name.partition("/")
    near: list[str] = []
    if slash:
        providers = {entry.split("/", 1)[0] for entry in known if "/" in entry}
        near = [f"{entry}/{rest}" for entry in difflib.get_close_matches(provider, providers, n=1, cutoff=0.6)]
    near += difflib.get_close_matches(name, [entry for entry in known if entry not in near], n=2, cutoff=0.6)
    if near:
        return f"; did you mean {', '.join(near)}?"
    return "; write PROVIDER/NAME (for example anthropic/NAME or ollama_chat/NAME), or give --base-url"


def _check_server(name: str, options: ModelOptions) -> None:
    url = f"{(options.base_url or '').rstrip('/')}/models"
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"--base-url must start with http:// or https://, not {options.base_url!r}")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 (checked above)
    key = gateway.key_for(gateway.full_name(name, options), options)
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
            listing = json.loads(response.read(_MOST))
    except urllib.error.HTTPError as error:
        error.close()  # it answers; whether it lists its models is its own affair
        return
    except (OSError, ValueError) as error:
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            return
        reason = getattr(error, "reason", error)
        raise BadInput(
            f"nothing answers at {options.base_url} ({reason}): start the server or mend --base-url"
        ) from None
    _check_listed(name, options, listing)


def _check_listed(name: str, options: ModelOptions, listing: Any) -> None:
    """Refuse a name that the server does not list, unless it takes any name (llama.cpp) or lists patterns."""
    entries = listing.get("data") if isinstance(listing, dict) else None
    entries = [entry for entry in entries or () if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    names = [entry["id"] for entry in entries]
    bare = name.removeprefix("openai/").removeprefix("hosted_vllm/")
    if not names or any("*" in known for known in names) or any(e.get("owned_by") == "llamacpp" for e in entries):
        return
    if not {name, bare, f"{bare}:latest"} & set(names):
        near = difflib.get_close_matches(bare, names, n=3, cutoff=0.0) or names[:3]
        raise BadInput(f"the server at {options.base_url} has no model {bare!r}; it has {', '.join(near)}")
