"""Compiled projects: Cargo, Go modules, CMake, Meson, Autotools and plain makefiles."""

from __future__ import annotations

import re

from sweagent.repo.detect.files import Files, table
from sweagent.repo.detect.kit import Kit

_BUILD = "/tmp/build"  # noqa: S108 - inside the sandbox: what is built must not become part of the change
_TARGET = re.compile(r"^(test|check)\s*:(?!=)", re.MULTILINE)
_C_WORDS = "make|cmake|ctest|meson|ninja|gcc|g\\+\\+|cc"
_C_FILES = (".c", ".cc", ".cpp", ".cxx")


async def native_kits(files: Files) -> list[Kit]:
    """Every guess that fits, the surest first."""
    looks = (_cargo, _go, _cmake, _meson, _autotools, _make)
    return [kit for look in looks if (kit := await look(files)) is not None]


async def _cargo(files: Files) -> Kit | None:
    if "Cargo.toml" not in files.names:
        return None
    manifests = tuple(sorted(name for name in files.names if name.rpartition("/")[2] in ("Cargo.toml", "Cargo.lock")))
    foreign = False
    for name in manifests:
        if name.endswith("Cargo.toml"):
            manifest = await files.toml(name)
            places = [("dependencies",), ("dev-dependencies",), ("build-dependencies",), ("workspace", "dependencies")]
            wanted = [item for place in places for item in table(manifest, *place).values()]
            foreign = foreign or any(not (isinstance(item, dict) and "path" in item) for item in wanted)
    return Kit(
        words="cargo",
        image="rust",
        test="cargo test",
        why="Cargo.toml is there",
        setup=("cargo fetch",) if foreign else (),
        setup_why="crates in Cargo.toml" if foreign else "",
        manifests=manifests if foreign else (),
        env={"CARGO_NET_OFFLINE": "true"},
    )


async def _go(files: Files) -> Kit | None:
    if "go.mod" not in files.names:
        return None
    wanted = re.search(r"^\s*require\b", await files.text("go.mod"), re.MULTILINE) is not None
    wanted = wanted and "vendor/modules.txt" not in files.names
    manifests = tuple(name for name in ("go.mod", "go.sum") if name in files.names)
    return Kit(
        words="go",
        image="go",
        test="go test ./...",
        why="go.mod is there",
        setup=("go mod download",) if wanted else (),
        setup_why="modules in go.mod" if wanted else "",
        manifests=manifests if wanted else (),
        env={"GOPROXY": "off", "GOTOOLCHAIN": "local"},
    )


async def _cmake(files: Files) -> Kit | None:
    if "CMakeLists.txt" not in files.names:
        return None
    texts = [await files.text(name) for name in sorted(files.names) if name.rpartition("/")[2] == "CMakeLists.txt"][:20]
    tested = any(re.search(r"(?im)^\s*(enable_testing|add_test|include\s*\(\s*CTest)", text) for text in texts)
    test = f"cmake -S . -B {_BUILD} && cmake --build {_BUILD} -j 2 && ctest --test-dir {_BUILD} --output-on-failure"
    return Kit(words=_C_WORDS, image="cpp", test=test if tested else "", why="CMakeLists.txt has tests")


async def _meson(files: Files) -> Kit | None:
    if "meson.build" not in files.names:
        return None
    texts = [await files.text(name) for name in sorted(files.names) if name.rpartition("/")[2] == "meson.build"][:20]
    tested = any(re.search(r"(?m)^\s*test\s*\(", text) for text in texts)
    test = f"{{ [ -d {_BUILD} ] || meson setup {_BUILD}; }} && meson test -C {_BUILD} --print-errorlogs"
    return Kit(words=_C_WORDS, image="cpp", test=test if tested else "", why="meson.build has tests")


async def _autotools(files: Files) -> Kit | None:
    if "configure.ac" not in files.names or "Makefile.am" not in files.names:
        return None
    prepare = "./configure" if "configure" in files.names else "autoreconf -fi && ./configure"
    return Kit(words=_C_WORDS, image="cpp", test=f"{prepare} && make check", why="configure.ac is there")


async def _make(files: Files) -> Kit | None:
    name = files.first("GNUmakefile", "makefile", "Makefile")
    if name is None:
        return None
    target = _TARGET.search(await files.text(name))
    image = "cpp" if files.any_with(*_C_FILES) else "base"
    test = f"make {target[1]}" if target else ""
    return Kit(words=_C_WORDS, image=image, test=test, why=f"the {name} has the target `{target[1]}`" if target else "")
