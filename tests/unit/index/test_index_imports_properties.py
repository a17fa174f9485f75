"""Adding an import twice is adding it once, nothing else changes, and what parsed still parses; over many files."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.index.imports.entries import LANGUAGES
from tools.index.imports.placing import addition
from tools.index.imports.region import imports_of
from tools.index.languages import BY_NAME
from tools.index.plain import Edit, Plain
from tools.index.syntax_tree import parse
from tools.text import Text, decode

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def ask(language: str, source: bytes) -> dict[str, Any]:
    return imports_of(source, BY_NAME[language])


def added(content: str, statement: str, language: str, *, force: bool = False) -> str:
    plain = Plain(Text(content, "utf-8"))
    return plain.edited(addition(plain.source, statement, language, ask, force=force).edits)


STATEMENTS = (
    "import zzz",
    "from zzz import a, b",
    "from . import zzz",
    "from __future__ import annotations",
    "import os",
)


@pytest.mark.parametrize("path", sorted(STDLIB.glob("[a-e]*.py")) + sorted((STDLIB / "email").glob("*.py")), ids=str)
def test_real_python_files_keep_all_else(path: Path) -> None:
    data = path.read_bytes()
    text = decode(data)
    plain = Plain(text)
    before = [ast.dump(node) for node in ast.parse(data).body]
    for statement in STATEMENTS:
        edits = addition(plain.source, statement, "python", ask).edits
        content = plain.edited(edits)
        assert added(content, statement, "python") == content
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text.encode(content))
        after = [ast.dump(node) for node in tree.body]
        grown = [node for node in after if node not in before]
        assert len([node for node in before if node not in after]) <= 1
        assert len(grown) <= 1
        assert all("Import" in node for node in grown)
        assert all(edit.start == edit.end for edit in edits)
        first = next((n for n, node in enumerate(tree.body) if hasattr(node, "body") and hasattr(node, "name")), 10**6)
        assert all(after.index(node) < first for node in grown)


# For each language: headers, imports, code that looks like imports or must stay with what follows, and statements.
PIECES: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    "python": (
        ['"""Doc."""\n', "# License\n", "#!/bin/python\n"],
        [
            "import os\n",
            "from a import b\n",
            "from a import (\n    b,\n    c,\n)\n",
            "try:\n    import q\nexcept E:\n    q = 1\n",
            "# c\n",
            "import os; import re\n",
        ],
        [
            "# Of f.\ndef f():\n    import zz\n",
            "x = '''\nimport y\n'''\n",
            "y = 'a \\\nimport z'\n",
            "if a:\n    import b\n",
            "from late import z\n",
        ],
        [
            "import zz",
            "from a import c",
            "from a import b, d",
            "from . import r",
            "import os",
            "from __future__ import division",
        ],
    ),
    "javascript": (
        ["#!/usr/bin/env node\n", "/* eslint-disable */\n", "'use strict';\n", "// File.\n\n"],
        [
            "import a from 'a';\n",
            "import b, { c } from 'b'\n",
            "const d = require('d');\n",
            "export * from './e';\n",
            "// c\n",
            "import 'f'; // s\n",
        ],
        [
            "/** Of f. */\nfunction f() {}\n",
            "const t = `\nimport x from 'y';\n`;\n",
            "const late = require('late')\n",
            ";[1].map(f)\n",
            "/* import\nimport q from 'q'; */\n",
        ],
        [
            "import z from 'z'",
            "import { c } from 'b';",
            "const d = require('d')",
            "import { c, k } from 'b'",
            "import * as n from 'n'",
        ],
    ),
    "go": (
        ["//go:build linux\n\n", "// Package p.\n"],
        [
            'import "fmt"\n',
            'import (\n\t"a"\n\t"os"\n\n\t// x\n\t"github.com/a/b"\n)\n',
            "// c\n",
            'import ("x"; "y")\n',
        ],
        ["// F.\nfunc F() {}\n", 'var s = `\nimport "q"\n`\n', "type T struct{}\n"],
        ['import "z"', '"os"', 'import n "github.com/a/c"', 'import "github.com/a/b"'],
    ),
    "rust": (
        ["#![allow(x)]\n", "//! Doc.\n", "// License\n\n"],
        [
            "use a::b;\n",
            "use a::{c, d::{self, e}};\n",
            "mod m;\n",
            "#[cfg(test)]\nuse t::u;\n",
            "// c\n",
            "extern crate w;\n",
        ],
        [
            "/// Of S.\n#[derive(Debug)]\nstruct S;\n",
            "#[test]\nfn f() { use q::r; }\n",
            'const X: &str = "\nuse y::z;\n";\n',
        ],
        ["use z::y;", "use a::b;", "use a::{b, k}", "pub use a::d;", "use t::u;"],
    ),
    "java": (
        ["// License\n\n", "package p;\n", "/* x */ "],
        ["import a.B;\n", "import c.*;\n", "import static d.E.f;\n", "// c\n", "import g.H; // s\n"],
        ["/** Of A. */\nclass A {}\n", "/**\n * import q.R;\n */\n@X\ninterface I {}\n", "enum E { A }\n"],
        ["import z.Y;", "import c.D;", "import static d.E.f", "import a.B;"],
    ),
    "c": (
        ["/* License */\n\n", "#pragma once\n", "#define _GNU_SOURCE\n"],
        [
            "#include <a.h>\n",
            '#include "b.h" // s\n',
            "#ifdef W\n#include <w.h>\n#else\n#include <v.h>\n#endif\n",
            "// c\n",
            "#define N 1\n",
        ],
        [
            "/* Of f */\nint f(void) { return 1; }\n",
            "/*\n#include <q.h>\n*/\n",
            "#if 0\nint z;\n#include <y.h>\n#endif\n",
            "struct s { int a; };\n",
        ],
        ["#include <z.h>", "#include <a.h>", '#include "b.h"', "#include <w.h>"],
    ),
    "c-sharp": (
        ["// License\n\n", "#nullable enable\n", "extern alias X;\n"],
        ["using A;\n", "using static B.C;\n", "using D = E.F;\n", "global using G;\n", "// c\n"],
        [
            "/// <summary>x</summary>\nclass K {}\n",
            "namespace N { using M; class Q {} }\n",
            "[X]\nclass L { void F() { using var f = O(); } }\n",
        ],
        ["using Z;", "using A;", "using G", "using static Z.Y;"],
    ),
    "php": (
        ["/** File. */\n", "declare(strict_types=1);\n", "namespace N;\n"],
        ["use A\\B;\n", "use C\\{D, E as F};\n", "use function G\\h;\n", "// c\n", "use I; # s\n"],
        [
            "/** Of X. */\nclass X { use T; }\n",
            "$f = function ()\nuse ($x) {\n};\n",
            "$s = <<<EOS\nuse Q\\R;\nEOS;\n",
            "?>\n<p>\n<?php\nf();\n",
        ],
        ["use Z\\Y;", "use C\\D;", "use function G\\h", "use A\\B, A\\K;"],
    ),
    "ruby": (
        ["# frozen_string_literal: true\n", "# File.\n\n", "#!/usr/bin/ruby\n"],
        [
            "require 'a'\n",
            'require_relative "b"\n',
            "require 'c' if d\n",
            "# c\n",
            "$LOAD_PATH.unshift 'l'\n",
            "require 'e'; x = 1\n",
        ],
        [
            "# Of A.\nclass A\n  require 'q'\nend\n",
            "X = <<EOS\nrequire 'z'\nEOS\n",
            "begin\n  require 'o'\nrescue LoadError\nend\n",
            "require 'late'\n",
        ],
        ["require 'z'", 'require "a"', "require_relative 'b'", "require 'c'"],
    ),
}
PIECES["typescript"] = PIECES["tsx"] = PIECES["javascript"]
PIECES["cpp"] = PIECES["c"]
OPENING = {"go": "package p\n", "php": "<?php\n"}


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_adding_twice_is_adding_once_and_nothing_else_changes(language: str, data: st.DataObject) -> None:
    headers, imports, code, statements = PIECES[language]
    blanks = st.sampled_from(["", "\n", "\n\n"])

    def some(pieces: list[str], most: int, *, once: bool = False) -> list[str]:
        drawn = data.draw(st.lists(st.sampled_from(pieces), max_size=most, unique=once))
        return [part for piece in drawn for part in (piece, data.draw(blanks))]

    head = [piece for piece in headers if data.draw(st.booleans())]
    opening = OPENING.get(language, "")
    parts = [*head, opening] if language == "go" else [opening, *head]
    content = "".join([*parts, data.draw(blanks), *some(imports, 4, once=True), *some(code, 3, once=True)])
    statement = data.draw(st.sampled_from(statements))
    eol, mark = data.draw(st.sampled_from(["\n", "\r\n"])), data.draw(st.sampled_from(["", "\ufeff"]))
    eol = eol if "\n" in content else "\n"  # nothing to keep to
    given_text = mark + content.replace("\n", eol)
    plain = Plain(Text(given_text, "utf-8"))
    edits = addition(plain.source, statement, language, ask, force=True).edits
    once = plain.edited(edits)
    assert added(once, statement, language, force=True) == once
    # It only inserts, and takes apart nothing that parsed.
    assert all(edit.start == edit.end for edit in edits)
    assert mark == once[: len(mark)]
    assert once.count("\n") == once.count(eol)
    rest = once
    for edit in sorted(edits, reverse=True):
        at = len(mark) + len(plain.source[: edit.start].decode().replace("\n", eol))
        new = edit.text.replace("\n", eol)
        assert rest[at : at + len(new)] == new
        rest = rest[:at] + rest[at + len(new) :]
    assert rest == given_text
    tree = BY_NAME[language]
    assert parse(plain.source, tree).has_error or not parse(Plain(Text(once, "utf-8")).source, tree).has_error


@given(
    content=st.text(alphabet="aé\r\n\ufeff€", max_size=30),
    cuts=st.lists(st.integers(0, 90), max_size=4, unique=True),
)
def test_edits_of_the_plain_text_are_carried_back(content: str, cuts: list[int]) -> None:
    plain = Plain(Text(content, "utf-8"))
    assert plain.edited([]) == content
    chars = [
        at for at in sorted(cuts) if at <= len(plain.source) and (plain.source[at : at + 1] or b"a")[0] & 0xC0 != 0x80
    ]
    edited = plain.edited([Edit(at, at, "<>") for at in chars])
    assert edited.replace("<>", "") == content
    assert Plain(Text(edited, "utf-8")).source.replace(b"<>", b"") == plain.source or plain.text.eol == "\r"
