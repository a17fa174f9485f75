"""Reads JUnit XML (pytest's ``xunit1`` family): for a pytest that cannot load our plugin (``python -I -m pytest``).

The file was written by code we do not trust: bounded in size, and refused where it declares entities.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tools.testing.report import Failure, Findings

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BIGGEST = 64 << 20
_KINDS = {"failure": "failed", "error": "error", "skipped": "skipped"}


def environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Variables that make pytest write its own XML report into `folder`."""
    report = shlex.quote(str(folder / "junit.xml"))
    cache = shlex.quote(str(folder / "cache"))
    options = f"--junitxml={report} -o junit_family=xunit1 -o cache_dir={cache}"
    return {"PYTEST_ADDOPTS": f"{env.get('PYTEST_ADDOPTS', '')} {options}".strip(), "PYTHONDONTWRITEBYTECODE": "1"}


def read(folder: Path) -> Findings:
    """What the XML report in `folder` says; nothing where it is missing, too big or no XML."""
    import xml.etree.ElementTree as ET  # seldom needed, and it would cost every start of the server

    findings = Findings()
    try:
        with (folder / "junit.xml").open("rb") as file:
            data = file.read(_BIGGEST + 1)
        if len(data) > _BIGGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            return findings
        root = ET.fromstring(data)  # noqa: S314  (what declares a document type was refused)
    except (OSError, ET.ParseError):
        return findings
    findings.framework, findings.seen = "pytest", 1
    for case in root.iter("testcase"):
        _add(findings, case)
    return findings


def _add(findings: Findings, case: Element) -> None:
    test = node_id(case.get("file") or "", case.get("classname") or "", case.get("name") or "")
    outcome = "passed"
    for child in case:
        if child.tag in _KINDS:
            outcome = _KINDS[child.tag]
            if outcome != "skipped":
                text = child.text or ""
                message = (child.get("message") or text.strip().rpartition("\n")[2]).split("\n")[0]
                findings.failures[test] = Failure(test, message, (), text[-4000:])
    findings.add(test, outcome)


def node_id(file: str, classname: str, name: str) -> str:
    """Pytest's node id from the parts that the XML has: ``path::Class::test[param]``."""
    if not file:
        return f"{classname}::{name}" if classname else name
    module = file.removesuffix(".py").replace("/", ".")
    classes = classname.removeprefix(module).strip(".") if classname.startswith(module) else ""
    return "::".join([file, *filter(None, classes.split(".")), name])
