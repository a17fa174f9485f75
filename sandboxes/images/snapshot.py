"""Set-up: run once what a repository needs installed, and keep the result as an image under a key of its content.

What must outlive set-up lies outside the workspace, which every sandbox covers with its own: in `DEPS`, owned by the
sandbox's user, on the paths that `environment` names. Set-up has the network, and nothing of the host but its public
list of certificate authorities.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Mapping
from typing import Any

import docker

from sandboxes import docker_options, owner
from sandboxes.cache import cache_home, held
from sandboxes.contract import WORKDIR, Policy, SandboxSpec
from sandboxes.docker_engine import IMAGE_LABEL, LABEL
from sandboxes.images.kept import KEPT_LABEL, is_kept, touch
from sandboxes.images.setup import DEPS, Setup, SetupFailed, environment, setup_tag
from sandboxes.images.slow import Say, host_certificates, image_environment, inspect_image, run_inside, slow_client
from sandboxes.images.tail import Tail
from sandboxes.toolbox import Toolbox, ensure_toolbox

_CERTIFICATES = "/run/sweagent/certificates.crt"
_SCRATCH = "/tmp/.setup-home"  # noqa: S108 - inside the container, and removed before it is kept
# What a package manager cannot do without.
_ROOT_NEEDS = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "SETGID",
    "SETUID",
)  # what a package manager cannot do without
_BIGGEST = 8 << 30
_CLEAN = "rm -rf /tmp/* /tmp/.[!.]* /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb"


async def find_setup(setup: Setup) -> str | None:
    """The tag of the kept result of `setup`; None where it has not been made. `setup.workspace` is not looked at.

    Raises:
        BackendUnavailable: the engine does not answer, or has no such base image.
    """
    return await asyncio.to_thread(_find, setup)


async def ensure_setup(setup: Setup, say: Say = lambda _: None) -> str:
    """The tag of an image that holds what `setup` installs; made first if need be. Cancelling removes what was begun.

    Raises:
        BackendUnavailable: the engine does not answer, or refuses.
        SetupFailed: a command failed, or the time was up.
    """
    work = _Work(setup, await asyncio.to_thread(ensure_toolbox), say)
    async with held(cache_home() / "images" / f".{setup_tag('', setup).rpartition(':')[2]}.lock"):
        task = asyncio.create_task(asyncio.to_thread(work.run))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.to_thread(work.stop)
            await asyncio.wait([task])
            raise


def _find(setup: Setup) -> str | None:
    with slow_client() as client:
        tag = setup_tag(inspect_image(client, setup.image)["Id"], setup)
        return touch(tag) if is_kept(client, tag) else None


class _Work:
    """One set-up on its way; `stop` may be called from another thread."""

    def __init__(self, setup: Setup, toolbox: Toolbox, say: Say) -> None:
        self.setup, self.toolbox, self.say = setup, toolbox, say
        self.name = f"sweagent-setup-{secrets.token_hex(6)}"
        self.stopped = threading.Event()

    def run(self) -> str:
        """Everything, in one thread."""
        with slow_client() as client:
            about = inspect_image(client, self.setup.image)
            tag = setup_tag(about["Id"], self.setup)
            if is_kept(client, tag):  # another process made it while we waited for the lock
                return touch(tag)
            added = environment(image_environment(about))
            config, host = self._options(added)
            timer = threading.Timer(self.setup.seconds, self.stop)
            timer.daemon = True
            try:
                client.create_container(**config, name=self.name, host_config=client.create_host_config(**host))
                client.start(self.name)
                timer.start()
                self._install(client, added)
                self._commit(client, tag, added)
            finally:
                timer.cancel()
                _remove(client, self.name)
            return touch(tag)

    def stop(self) -> None:
        """End it from outside: its time is up, or nobody wants it any more."""
        self.stopped.set()
        with slow_client() as client:
            _remove(client, self.name)

    def _options(self, added: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The walls of a sandbox, opened in four places: network, a writable image, and root for packages alone."""
        setup = self.setup
        # What is set here stays in the image's configuration: the environment of commands is given to them alone.
        spec = SandboxSpec(setup.image, setup.workspace, Policy(setup.limits, added), setup.uid, setup.gid)
        labels = {LABEL: "1", "purpose": "setup", **owner.to_labels(owner.current_owner())}
        config = docker_options.container_config(spec, self.toolbox, labels)
        config |= {"entrypoint": [""], "command": ["sleep", str(int(setup.seconds) + 60)], "user": "0:0"}
        config["stdin_open"] = False
        host = docker_options.host_options(spec, self.toolbox, labels)
        mounts = [mount for mount in host["mounts"] if mount["Target"] == WORKDIR]
        if certificates := host_certificates():
            mounts.append(docker.types.Mount(_CERTIFICATES, certificates, type="bind", read_only=True))
        host |= {"network_mode": "bridge", "read_only": False, "cap_add": list(_ROOT_NEEDS), "mounts": mounts}
        host |= {"auto_remove": False, "init": True, "tmpfs": {"/run": "rw,exec,nosuid,nodev,mode=0755"}}
        return config, host

    def _install(self, client: docker.APIClient, added: Mapping[str, str]) -> None:
        root, user = "0:0", f"{self.setup.uid}:{self.setup.gid}"
        calm = {**_trust(), "HOME": _SCRATCH, "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
        ground = f"mkdir -p {DEPS} {_SCRATCH} && chown {user} {DEPS} {_SCRATCH} && "
        ground += f"{{ [ -e /node_modules ] || ln -s {DEPS}/node_modules /node_modules; }}"
        self._step(client, ground, root, calm, "prepare the image")
        if self.setup.packages:
            self.say(f"installing packages: {' '.join(self.setup.packages)}")
            wanted = " ".join(self.setup.packages)
            apt = f"apt-get update && apt-get install -y --no-install-recommends -- {wanted}"
            self._step(client, apt, root, {**calm, "DEBIAN_FRONTEND": "noninteractive"}, f"apt-get install {wanted}")
        for command in self.setup.commands:
            self.say(f"$ {command}")
            self._step(client, command, user, {**added, **calm, **_QUIET, **self.setup.env}, command)
        self._step(client, _SETTLE, user, calm, "keep node_modules")
        self._step(
            client,
            "rm -rf /tmp/* /tmp/.[!.]* /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb",
            root,
            calm,
            "clean up",
        )

    def _step(self, client: docker.APIClient, command: str, user: str, env: Mapping[str, str], shown: str) -> None:
        try:
            status, tail = run_inside(
                client, self.name, command, user=user, env=env, folder=WORKDIR, say=lambda line: self.say(f"  {line}")
            )
        except docker.errors.APIError:
            if not self.stopped.is_set():
                raise
            status, tail = 137, Tail()
        if self.stopped.is_set():
            raise SetupFailed(shown, status, [f"stopped after {self.setup.seconds:.0f} s", *tail.lines(3)])
        if status != 0:
            raise SetupFailed(shown, status, tail.lines(6))

    def _commit(self, client: docker.APIClient, tag: str, added: Mapping[str, str]) -> None:
        listed = client.containers(all=True, filters={"name": self.name}, size=True)
        size = int((listed[0] if listed else {}).get("SizeRw", 0))
        if size > _BIGGEST:
            raise SetupFailed("set-up", 0, [f"it installed {size >> 20} MB; {_BIGGEST >> 20} MB is the most"])
        self.say(f"keeping {size >> 20} MB as {tag}")
        name, _, key = tag.partition(":")
        said = [f"ENV {variable}={_quoted(value)}" for variable, value in sorted(added.items())]
        said += [f"LABEL {KEPT_LABEL}=setup", f"LABEL {IMAGE_LABEL}={key}", 'CMD ["sh"]', "USER 0"]
        said += (
            ["LABEL purpose="]
            + [f"LABEL {label}=" for label in owner.to_labels(owner.current_owner())]
            + [f"LABEL {LABEL}="]
        )
        client.commit(self.name, repository=name, tag=key, changes=said)


_QUIET = {
    "PIP_RETRIES": "1",
    "PIP_DEFAULT_TIMEOUT": "20",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "npm_config_fetch_retries": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "CI": "1",
}

# Node finds packages in the folders above a file, so `/node_modules` serves `/workspace` to both kinds of import. Links
# into the workspace (packages of a monorepo) become absolute before the folder that they stand in moves.
_SETTLE = f"""
if [ -d node_modules ] && [ ! -L node_modules ] && [ -z "$(git ls-files node_modules 2>/dev/null | head -n 1)" ]; then
    find node_modules -maxdepth 2 -type l | while IFS= read -r link; do
        target=$(readlink -f -- "$link") || continue
        case $target in
        {WORKDIR}/node_modules/*) ;;
        {WORKDIR}/*) ln -sfn -- "$target" "$link" ;;
        esac
    done
    rm -rf {DEPS}/node_modules
    mv node_modules {DEPS}/node_modules
fi
"""


def _trust() -> dict[str, str]:
    """Where programs look for certificate authorities, for the time of set-up alone."""
    if host_certificates() is None:
        return {}
    names = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys((*names, "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO"), _CERTIFICATES)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'


def _remove(client: docker.APIClient, name: str) -> None:
    try:
        client.remove_container(name, v=True, force=True)
    except docker.errors.NotFound:
        pass
    except docker.errors.APIError as error:
        if error.status_code != 409:  # its removal is under way
            raise
