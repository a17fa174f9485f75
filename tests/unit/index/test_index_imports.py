"""Where an import goes in each language, and that adding it changes nothing else."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

import pytest

from tools.index.imports.placing import NoImportError, addition
from tools.index.imports.region import imports_of
from tools.index.languages import BY_NAME
from tools.index.plain import Plain
from tools.text import Text

STDLIB = Path(sysconfig.get_paths()["stdlib"])


def ask(language: str, source: bytes) -> dict[str, Any]:
    return imports_of(source, BY_NAME[language])


def added(content: str, statement: str, language: str, *, force: bool = False) -> str:
    plain = Plain(Text(content, "utf-8"))
    return plain.edited(addition(plain.source, statement, language, ask, force=force).edits)


PLACES = [
    # Python: by the tree, not by columns
    ("python", "x = '#', '''\nimport z\n'''\n", "import os", "import os\n\nx = '#', '''\nimport z\n'''\n"),
    ("python", "import os\ns = 'a \\\nimport x'\n", "import sys", "import os\nimport sys\ns = 'a \\\nimport x'\n"),
    ("python", "import os; s = '''\n'''\nt = 1\n", "import sys", "import os; s = '''\n'''\nimport sys\nt = 1\n"),
    (
        "python",
        "import os\n\n\ndef f(): ...\n\n\nfrom b import c  # circular\n",
        "import sys",
        "import os\nimport sys\n\n\ndef f(): ...\n\n\nfrom b import c  # circular\n",
    ),
    ("python", "# Of f.\ndef f(): ...\n", "import os", "import os\n\n# Of f.\ndef f(): ...\n"),
    ("python", "# License: x\ndef f(): ...\n", "import os", "# License: x\n\nimport os\n\ndef f(): ...\n"),
    (
        "python",
        "#!/bin/x\n# é -*- coding: utf-8 -*-\n# Of f.\nf()\n",
        "import os",
        "#!/bin/x\n# é -*- coding: utf-8 -*-\n\nimport os\n\n# Of f.\nf()\n",
    ),
    (
        "python",
        "import sys\nsys.path.insert(0, 'x')\nimport a\n",
        "import b",
        "import sys\nsys.path.insert(0, 'x')\nimport a\nimport b\n",
    ),
    (
        "python",
        "'''D'''\nimport os\n",
        "from __future__ import annotations",
        "'''D'''\n\nfrom __future__ import annotations\nimport os\n",
    ),
    (
        "python",
        "from __future__ import annotations\n\nx = 1\n",
        "import os",
        "from __future__ import annotations\n\nimport os\n\nx = 1\n",
    ),
    ("python", "import os", "import sys", "import os\nimport sys"),
    ("python", "", "import sys", "import sys\n"),
    ("python", "from a import b  # why\n", "from a import c", "from a import b  # why\nfrom a import c\n"),
    ("python", "from a import b\n", "from a import c  # why", "from a import b\nfrom a import c  # why\n"),
    ("python", "from a import b\n", "from a import (\n    c,\n    b,\n)", "from a import b, c\n"),
    ("python", "import os\n", "import os, sys", "import os\nimport sys\n"),
    # JavaScript and TypeScript
    (
        "javascript",
        "const t = `\nimport x from 'y';\n`;\n",
        "import b from 'b';",
        "import b from 'b';\n\nconst t = `\nimport x from 'y';\n`;\n",
    ),
    (
        "javascript",
        "/** Of f. */\nfunction f() {}\n",
        "import b from 'b';",
        "import b from 'b';\n\n/** Of f. */\nfunction f() {}\n",
    ),
    (
        "javascript",
        "const a = require('a');\n\nfunction f() {}\nconst late = require('late');\n",
        "const b = require('b');",
        "const a = require('a');\nconst b = require('b');\n\nfunction f() {}\nconst late = require('late');\n",
    ),
    (
        "javascript",
        "import a from 'a'; f();\n",
        "import b from 'b';",
        "import a from 'a';\nimport b from 'b';\n f();\n",
    ),
    (
        "javascript",
        "import a from 'a' // why\nf();\n",
        "import b from 'b'",
        "import a from 'a' // why\nimport b from 'b'\nf();\n",
    ),
    (
        "javascript",
        "import { a, b } from 'a';\n",
        "import { a, c } from 'a';",
        "import { a, b } from 'a';\nimport { c } from 'a';\n",
    ),
    (
        "javascript",
        "const a = require('a')\n;(function () {})()\n",
        "const b = require('b')",
        "const a = require('a')\n;\nconst b = require('b');\n(function () {})()\n",
    ),
    ("javascript", "(function () {})()\n", "const b = require('b')", "const b = require('b');\n\n(function () {})()\n"),
    (
        "tsx",
        "'use client'\n\nexport const x = 1;\n",
        "import b from 'b';",
        "'use client'\n\nimport b from 'b';\n\nexport const x = 1;\n",
    ),
    # Go
    (
        "go",
        'package p\n\nimport "fmt"\n\nvar s = `\nimport "x"\n`\n',
        'import "b"',
        'package p\n\nimport "fmt"\nimport "b"\n\nvar s = `\nimport "x"\n`\n',
    ),
    (
        "go",
        'package p\n\nimport (\n\t"fmt"\n\n\t"github.com/a/b"\n)\n',
        'import "github.com/a/c"',
        'package p\n\nimport (\n\t"fmt"\n\n\t"github.com/a/b"\n\t"github.com/a/c"\n)\n',
    ),
    (
        "go",
        'package p\n\nimport (\n\t// others\n\t"github.com/a/b"\n)\n',
        'import "os"',
        'package p\n\nimport (\n\t"os"\n\n\t// others\n\t"github.com/a/b"\n)\n',
    ),
    (
        "go",
        'package p\n\nimport (\n\t"fmt"\n)\n',
        '"github.com/a/c"',
        'package p\n\nimport (\n\t"fmt"\n\n\t"github.com/a/c"\n)\n',
    ),
    (
        "go",
        'package p\n\n// #include <a.h>\nimport "C"\n',
        'import "os"',
        'package p\n\n// #include <a.h>\nimport "C"\nimport "os"\n',
    ),
    # Rust
    ("rust", "#[derive(Debug)]\nstruct S;\n", "use a::b;", "use a::b;\n\n#[derive(Debug)]\nstruct S;\n"),
    ("rust", "/// Of S.\n\nstruct S;\n", "use a::b", "use a::b;\n\n/// Of S.\n\nstruct S;\n"),
    ("rust", "#![allow(x)]\n//! D.\nmod m;\n", "use a::b;", "#![allow(x)]\n//! D.\n\nuse a::b;\n\nmod m;\n"),
    (
        "rust",
        "use a::{b, c};\n\nfn f() {}\n",
        "use a::{c, d, e as f};",
        "use a::{b, c};\nuse a::d;\nuse a::e as f;\n\nfn f() {}\n",
    ),
    # Java
    ("java", "/** Of A. */\nclass A {}\n", "import a.B;", "import a.B;\n\n/** Of A. */\nclass A {}\n"),
    ("java", "package p; class A {}\n", "import a.B", "package p;\nimport a.B;\n class A {}\n"),
    ("java", "import a.*;\nimport b.*;\n", "import a.List;", "import a.*;\nimport b.*;\nimport a.List;\n"),
    # C and C++
    (
        "c",
        "#include <a.h>\n#ifdef _WIN32\n#include <windows.h>\n#endif\n\nint x;\n",
        "#include <b.h>",
        "#include <a.h>\n#include <b.h>\n#ifdef _WIN32\n#include <windows.h>\n#endif\n\nint x;\n",
    ),
    (
        "c",
        "#ifndef A_H\n#define A_H\n\nint x;\n\n#endif\n",
        "#include <b.h>",
        "#ifndef A_H\n#define A_H\n\n#include <b.h>\n\nint x;\n\n#endif\n",
    ),
    (
        "c",
        "#if !defined(A_H)\n#define A_H\n#include <a.h> // why\nint x;\n#endif\n",
        "#include <b.h>",
        "#if !defined(A_H)\n#define A_H\n#include <a.h> // why\n#include <b.h>\nint x;\n#endif\n",
    ),
    ("c", "#define _GNU_SOURCE\nint x;\n", "#include <b.h>", "#define _GNU_SOURCE\n\n#include <b.h>\n\nint x;\n"),
    (
        "cpp",
        '// File.\n\nnamespace x {\n#include "i.inc"\n}\n',
        '#include "b.h"',
        '// File.\n\n#include "b.h"\n\nnamespace x {\n#include "i.inc"\n}\n',
    ),
    # C#
    (
        "c-sharp",
        "using A;\n\nusing (var f = Open())\n{\n}\nusing var g = Open();\n",
        "using B;",
        "using A;\nusing B;\n\nusing (var f = Open())\n{\n}\nusing var g = Open();\n",
    ),
    (
        "c-sharp",
        "namespace N\n{\n    using A;\n\n    class X {}\n}\n",
        "using B",
        "namespace N\n{\n    using A;\n    using B;\n\n    class X {}\n}\n",
    ),
    # PHP
    ("php", "<html>\n<?php\nfoo();\n?>\n", "use A\\B;", "<html>\n<?php\n\nuse A\\B;\n\nfoo();\n?>\n"),
    ("php", "<?php foo();\n", "use A\\B;", "<?php\nuse A\\B;\n foo();\n"),
    (
        "php",
        "<?php\n$f = function ()\nuse ($x) {\n};\n",
        "use A\\B;",
        "<?php\n\nuse A\\B;\n\n$f = function ()\nuse ($x) {\n};\n",
    ),
    (
        "php",
        "<?php\nnamespace N;\n\n/** Of X. */\n\nclass X {}\n",
        "use A\\B",
        "<?php\nnamespace N;\n\nuse A\\B;\n\n/** Of X. */\n\nclass X {}\n",
    ),
    (
        "php",
        "<?php\nnamespace N {\n    class X {}\n}\n",
        "use A\\B;",
        "<?php\nnamespace N {\n    use A\\B;\n\n    class X {}\n}\n",
    ),
    # Ruby
    (
        "ruby",
        "# frozen_string_literal: true\n\n# Of A.\nclass A\nend\n",
        "require 'x'",
        "# frozen_string_literal: true\n\nrequire 'x'\n\n# Of A.\nclass A\nend\n",
    ),
    (
        "ruby",
        "require 'a'\n\nX = <<EOS\nrequire 'z'\nEOS\n",
        "require 'x'",
        "require 'a'\nrequire 'x'\n\nX = <<EOS\nrequire 'z'\nEOS\n",
    ),
]


@pytest.mark.parametrize(("language", "source", "statement", "expected"), PLACES)
def test_an_import_goes_where_the_tree_says(language: str, source: str, statement: str, expected: str) -> None:
    assert added(source, statement, language) == expected
    assert added(expected, statement, language) == expected


@pytest.mark.parametrize(
    ("language", "source", "statement"),
    [
        ("python", "import os; import sys\n", "import sys"),
        ("python", "from a import (\n    b,  # why\n    c as d,\n)\n", "from a import c as d, b"),
        ("python", "try:\n    import json\nexcept ImportError:\n    json = None\n", "import json"),
        ("javascript", 'import { a, b } from "a";\n', "import { a } from 'a'"),
        ("javascript", "import x, { a } from 'a';\n", "import x from 'a';"),
        ("javascript", "const { a, b: c } = require('x');\n", 'const { b: c } = require("x")'),
        ("typescript", "import { A } from 'a';\n", "import type { A } from 'a';"),
        ("go", 'package p\n\nimport (\n\t"a"\n\tx "b/c"\n)\n', 'import x "b/c"'),
        ("rust", "use a::{b, c::{self, d}};\n", "use a::c;"),
        ("rust", "pub use a::b;\n", "use a::b;"),
        ("java", "import a.*;\n", "import a.B;"),
        ("java", "import static a.B.*;\n", "import static a.B.c;"),
        ("c", "#  include <a.h>  /* why */\n", "#include <a.h>"),
        ("c-sharp", "global using A;\n", "using A;"),
        ("php", "<?php\nuse A\\{B, C as D};\n", "use A\\C as D;"),
        ("ruby", 'require("a")\n', "require 'a'"),
    ],
)
def test_what_is_imported_in_another_way_of_writing_is_there_already(
    language: str, source: str, statement: str
) -> None:
    assert added(source, statement, language) == source


@pytest.mark.parametrize(
    ("language", "source", "statement", "why"),
    [
        ("python", "x = 1\n", "import os; import sys", "one import at a time"),
        ("python", "x = 1\n", "print(1)", "is no import"),
        ("python", "x = 1\n", "if x: import y", "is no import"),
        ("python", "x = 1\n", "from a import (\n    b,  # why\n)", "without comments"),
        ("typescript", "import type { A } from 'a';\n", "import { A } from 'a';", "line 1 imports another 'A'"),
        ("javascript", "import a from 'x';\n", "import a from 'y';", "line 1 imports another 'a'"),
        ("java", "import a.List;\n", "import b.List;", "force=true"),
        ("c-sharp", "using A;\n", "using var f = Open();", "is no import"),
        ("php", "<?php\nnamespace A { f(); }\nnamespace B { g(); }\n", "use C\\D;", "several namespaces"),
        ("php", "<p>\n", "use C\\D;", "no <.php"),
        ("go", "func f() {}\n", 'import "a"', "package clause"),
        ("python", '"""D."""; x = 1\n', "import os", "header and code"),
        ("python", "import os as = 3\nimport sys )\n", "import json", "does not parse"),
    ],
)
def test_what_is_no_import_or_has_no_certain_place_is_refused(
    language: str, source: str, statement: str, why: str
) -> None:
    with pytest.raises(NoImportError, match=why):
        added(source, statement, language)


def test_a_name_that_python_would_bind_anew_is_told() -> None:
    assert addition(b"from a import f\n", "from b import f", "python", ask).notes == (
        "line 1 imports another 'f': from a import f",
    )


@pytest.mark.parametrize(
    ("path", "source", "statement", "expected"),
    [
        (
            "a.cs",
            b"\xef\xbb\xbfusing A;\r\n\r\nclass X {}\r\n",
            "using B;",
            b"\xef\xbb\xbfusing A;\r\nusing B;\r\n\r\nclass X {}\r\n",
        ),
        ("a.cs", b"\xef\xbb\xbfclass X {}\r\n", "using B;", b"\xef\xbb\xbfusing B;\r\n\r\nclass X {}\r\n"),
        (
            "a.js",
            b"\xef\xbb\xbfimport a from 'a';\n",
            "import b from 'b';",
            b"\xef\xbb\xbfimport a from 'a';\nimport b from 'b';\n",
        ),
        ("a.py", b"\xef\xbb\xbfx = 1\n", "import os", b"\xef\xbb\xbfimport os\n\nx = 1\n"),
        (
            "a.c",
            b"\xef\xbb\xbf#include <a.h>\nint x;\n",
            "#include <b.h>",
            b"\xef\xbb\xbf#include <a.h>\n#include <b.h>\nint x;\n",
        ),
        ("a.py", b"# coding: latin-1\nx = '\xe9'\n", "import os", b"# coding: latin-1\n\nimport os\n\nx = '\xe9'\n"),
        (
            "a.js",
            b"// caf\xe9 \xe9\xe8\n\nf();\n",
            "import b from '\xc3\xa9'".encode("latin-1").decode(),
            b"// caf\xe9 \xe9\xe8\n\nimport b from '\xe9'\n\nf();\n",
        ),
        (
            "a.py",
            b"import a\r\nimport b\nx = 1\r\ny = 2\r\n",
            "import os",
            b"import a\r\nimport b\r\nimport os\nx = 1\r\ny = 2\r\n",
        ),
        ("a.py", b"import a\rx = 1\r", "import os", b"import a\rimport os\rx = 1\r"),
    ],
)
def test_marks_encodings_and_line_ends_stay(
    room: Any, path: str, source: bytes, statement: str, expected: bytes
) -> None:
    room.write(path, source)
    text = room.use("add_import", path=path, statement=statement).text
    written = (room.workspace / path).read_bytes()
    assert "added to" in text
    assert written.replace(b"\r\n", b"\n") == expected.replace(b"\r\n", b"\n")
    assert source.count(b"\r\n") <= written.count(b"\r\n")
    assert "already" in room.use("add_import", path=path, statement=statement).text
    assert (room.workspace / path).read_bytes() == written


def test_a_read_only_file_is_written_by_force(room: Any) -> None:
    room.write("a.py", "x = 1\n")
    (room.workspace / "a.py").chmod(0o444)
    assert "read-only" in room.refused("add_import", path="a.py", statement="import os")
    room.use("add_import", path="a.py", statement="import os", force=True)
    assert room.read("a.py") == "import os\n\nx = 1\n"
