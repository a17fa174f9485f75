"""Renames: what is certain changes in every file, what would break the program is refused, the rest is told."""

from __future__ import annotations

from typing import Any

import pytest

SHAPES = "def area(x):\n    return x\n"


def write(room: Any, files: dict[str, str]) -> None:
    for path, text in files.items():
        room.write(path, text)


@pytest.mark.parametrize(
    ("files", "symbol", "new", "expected"),
    [
        pytest.param(
            {"a.js": "function area() {}\nexport const api = { area };\n"},
            "a.js::area",
            "surface",
            {"a.js": "function surface() {}\nexport const api = { area: surface };\n"},
            id="a shorthand keeps its key",
        ),
        pytest.param(
            {"a.js": "let area = 1;\n({ area } = q);\nuse(area);\n"},
            "a.js::area",
            "surface",
            {"a.js": "let surface = 1;\n({ area: surface } = q);\nuse(surface);\n"},
            id="so does a pattern",
        ),
        pytest.param(
            {
                "a.js": "function area() {}\nmodule.exports = { area };\n",
                "b.js": 'const { area } = require("./a");\nconst { area: q } = require("./a");\narea();\n',
            },
            "a.js::area",
            "surface",
            {
                "a.js": "function surface() {}\nmodule.exports = { surface };\n",
                "b.js": 'const { surface } = require("./a");\nconst { surface: q } = require("./a");\nsurface();\n',
            },
            id="what is given away is renamed with those who take it",
        ),
        pytest.param(
            {
                "a.ts": "export function area() {}\n",
                "index.ts": 'export { area } from "./a";\n',
                "u.ts": 'import { area as q } from "./index";\nimport { area } from ".";\nq(); area();\n',
            },
            "a.ts::area",
            "surface",
            {
                "a.ts": "export function surface() {}\n",
                "index.ts": 'export { surface } from "./a";\n',
                "u.ts": 'import { surface as q } from "./index";\nimport { surface } from ".";\nq(); surface();\n',
            },
            id="re-exports of TypeScript",
        ),
        pytest.param(
            {
                "pkg/__init__.py": 'from .shapes import area\n\n__all__ = ["area"]\n',
                "pkg/shapes.py": SHAPES + '\n\n__all__ = ["area"]\n',
                "u.py": "from pkg import area as ar\nfrom pkg import area\n\nar(1), area(2)\n",
            },
            "pkg/shapes.py::area",
            "surface",
            {
                "pkg/__init__.py": 'from .shapes import surface\n\n__all__ = ["surface"]\n',
                "pkg/shapes.py": SHAPES.replace("area", "surface") + '\n\n__all__ = ["surface"]\n',
                "u.py": "from pkg import surface as ar\nfrom pkg import surface\n\nar(1), surface(2)\n",
            },
            id="re-exports of Python",
        ),
        pytest.param(
            {"s.py": "count = 0\n\n\ndef up():\n    global count\n    count += 1\n    return count\n"},
            "s.py::count",
            "total",
            {"s.py": "total = 0\n\n\ndef up():\n    global total\n    total += 1\n    return total\n"},
            id="global",
        ),
        pytest.param(
            {
                "s.py": "class S:\n    @property\n    def size(self): ...\n\n    @size.setter\n"
                "    def size(self, v): ...\n\n    def m(self):\n        return self.size\n"
            },
            "s.py::S.size#1",
            "width",
            {
                "s.py": "class S:\n    @property\n    def width(self): ...\n\n    @width.setter\n"
                "    def width(self, v): ...\n\n    def m(self):\n        return self.width\n"
            },
            id="a property and its setter",
        ),
        pytest.param(
            {"a.ts": "function f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: any) {}\nf(1);\n"},
            "a.ts::f#2",
            "g",
            {"a.ts": "function g(a: string): void;\nfunction g(a: number): void;\nfunction g(a: any) {}\ng(1);\n"},
            id="overloads of TypeScript",
        ),
        pytest.param(
            {"A.java": "class A {\n  void log(int a) { }\n  void log(String a) { }\n  void run() { log(1); }\n}\n"},
            "A.java::A.log#1",
            "write",
            {
                "A.java": "class A {\n  void write(int a) { }\n  void write(String a) { }\n"
                "  void run() { write(1); }\n}\n"
            },
            id="overloads of Java",
        ),
        pytest.param(
            {
                "a.h": "int area(int);\n",
                "a.c": '#include "a.h"\nint area(int a) { return a; }\n',
                "b.c": '#include "a.h"\nint main(void) { return area(1); }\n',
            },
            "a.c::area",
            "surface",
            {
                "a.h": "int surface(int);\n",
                "a.c": '#include "a.h"\nint surface(int a) { return a; }\n',
                "b.c": '#include "a.h"\nint main(void) { return surface(1); }\n',
            },
            id="prototypes of C",
        ),
        pytest.param(
            {
                "w.h": "class W {\n public:\n  W();\n  ~W();\n  void draw();\n};\n",
                "w.cpp": '#include "w.h"\nW::W() {}\nW::~W() {}\nvoid W::draw() { draw(); }\n',
            },
            "w.h::W",
            "V",
            {
                "w.h": "class V {\n public:\n  V();\n  ~V();\n  void draw();\n};\n",
                "w.cpp": '#include "w.h"\nV::V() {}\nV::~V() {}\nvoid V::draw() { draw(); }\n',
            },
            id="a class of C++ with what bears its name",
        ),
        pytest.param(
            {"p/A.java": "package p;\nclass A {\n  A() { }\n  static A make() { return new A(); }\n}\n"},
            "p/A.java::A@L2",
            "B",
            {"p/A.java": "package p;\nclass B {\n  B() { }\n  static B make() { return new B(); }\n}\n"},
            id="constructors",
        ),
        pytest.param(
            {"a.rs": "fn f() { let area = 1; S { area }; }\nfn area() {}\nfn g() { T { area }; area(); }\n"},
            "a.rs::area",
            "surface",
            {
                "a.rs": "fn f() { let area = 1; S { area }; }\nfn surface() {}\n"
                "fn g() { T { area: surface }; surface(); }\n"
            },
            id="shorthands of Rust",
        ),
        pytest.param(
            {"a.js": "function $http(a) {}\n$http(1); http();\n"},
            "a.js::$http",
            "$get",
            {"a.js": "function $get(a) {}\n$get(1); http();\n"},
            id="names with a dollar",
        ),
        pytest.param(
            {"a.sh": "my-func() { :; }\nmy-func | my-func-2\n"},
            "a.sh::my-func",
            "our-func",
            {"a.sh": "our-func() { :; }\nour-func | my-func-2\n"},
            id="names with a dash",
        ),
        pytest.param(
            {"a.rb": "class A\n  def ready?; true; end\n  def ready; ready?; end\nend\n"},
            "a.rb::A.ready?",
            "done?",
            {"a.rb": "class A\n  def done?; true; end\n  def ready; done?; end\nend\n"},
            id="names with a question mark",
        ),
        pytest.param(
            {"a.rb": "class A\n  def name=(v); end\n  def name; end\n  def go; self.name = name; end\nend\n"},
            "a.rb::A.name=",
            "title=",
            {"a.rb": "class A\n  def title=(v); end\n  def name; end\n  def go; self.title = name; end\nend\n"},
            id="methods that assign",
        ),
        pytest.param(
            {"a.go": "package p\n\ntype Base struct{}\n\ntype S struct{ *Base }\n\nvar x = Base{}\n"},
            "a.go::Base",
            "Root",
            {"a.go": "package p\n\ntype Root struct{}\n\ntype S struct{ *Root }\n\nvar x = Root{}\n"},
            id="embedded types",
        ),
        pytest.param(
            {"s.py": "def area():\n    return 1\n\n\ndef g(surface):\n    return surface\n\n\nprint(area())\n"},
            "s.py::area",
            "surface",
            {"s.py": "def surface():\n    return 1\n\n\ndef g(surface):\n    return surface\n\n\nprint(surface())\n"},
            id="a local of that name elsewhere is no clash",
        ),
        pytest.param(
            {"s.py": "def area():\n    return 1\n\n\nclass K:\n    def surface(self):\n        return area()\n"},
            "s.py::area",
            "surface",
            {"s.py": "def surface():\n    return 1\n\n\nclass K:\n    def surface(self):\n        return surface()\n"},
            id="a method of that name is no clash",
        ),
    ],
)
def test_what_is_certain_is_renamed_everywhere(
    room: Any, files: dict[str, str], symbol: str, new: str, expected: dict[str, str]
) -> None:
    write(room, files)
    room.use("rename_symbol", symbol=symbol, new_name=new)
    assert {path: room.read(path) for path in files} == {**files, **expected}


@pytest.mark.parametrize(
    ("files", "symbol", "new", "said"),
    [
        pytest.param(
            {"s.py": SHAPES, "u.py": "from s import area\n\n\ndef g(surface):\n    return area(surface)\n"},
            "s.py::area",
            "surface",
            "u.py has another 'surface' where line 5 uses the name",
            id="a parameter would hide it",
        ),
        pytest.param(
            {"s.py": SHAPES, "u.py": "from s import area\n\nsurface = 3\narea(surface)\n"},
            "s.py::area",
            "surface",
            "u.py has another 'surface' where line 1 uses the name",
            id="the importing file has the name",
        ),
        pytest.param(
            {"s.py": SHAPES, "u.py": "from c import g\nfrom s import area\n\ng(area(1))\n", "c.py": "def g(x): ...\n"},
            "s.py::area",
            "g",
            "u.py has another 'g' where line 2 uses the name",
            id="the importing file imports the name",
        ),
        pytest.param(
            {"s.py": SHAPES + "\n\nprint(area(1))\n"},
            "s.py::area",
            "print",
            "s.py uses the name 'print' already (line 5)",
            id="a built-in would be hidden",
        ),
        pytest.param(
            {"s.py": SHAPES + "\n\ndef surface(): ...\n"},
            "s.py::area",
            "surface",
            "s.py defines surface already (line 5)",
            id="a definition beside it",
        ),
        pytest.param(
            {
                "s.py": "class S:\n    def __init__(self):\n        self.width = 1\n\n"
                "    def size(self):\n        return 1\n"
            },
            "s.py::S.size",
            "width",
            "s.py uses self.width already (line 3)",
            id="an attribute of the object",
        ),
        pytest.param(
            {"s.py": "def f():\n    def inner(): ...\n\n    x = 1\n    return inner() + x\n"},
            "s.py::f.inner",
            "x",
            "s.py has another 'x'",
            id="a local beside a nested function",
        ),
        pytest.param(
            {"a.go": "package p\n\nfunc area() {}\n", "b.go": "package p\n\nfunc surface() {}\n"},
            "a.go::area",
            "surface",
            "b.go defines surface already",
            id="another file of the package",
        ),
        pytest.param(
            {"a.js": "const area = 1;\nfunction f() { let surface = 2; return area + surface; }\n"},
            "a.js::area",
            "surface",
            "a.js has another 'surface' where line 2 uses the name",
            id="a local of JavaScript",
        ),
        pytest.param(
            {"s.py": "try:\n    from fast import area\nexcept ImportError:\n    def area(x): ...\n\narea(1)\n"},
            "s.py::area",
            "surface",
            "s.py also imports 'area' (line 2)",
            id="the name is imported too",
        ),
        pytest.param(
            {"A.java": "class A {\n  A() { }\n}\n"},
            "A.java::A.A",
            "B",
            "is a constructor or destructor: rename the class A",
            id="a constructor",
        ),
        pytest.param(
            {"a.rb": "class A\n  attr_reader :name\n  def m; @name; end\nend\n"},
            "a.rb::A.name",
            "title",
            "also names the variable @name",
            id="an attribute of Ruby",
        ),
        pytest.param(
            {"s.py": "class A:\n    def __eq__(self, other): ...\n"},
            "s.py::A.__eq__",
            "equals",
            "'__eq__' is a name that python itself calls",
            id="a name that the language calls",
        ),
        pytest.param(
            {"a.cpp": "struct A { A& operator=(const A&) { return *this; } };\n"},
            "a.cpp::A.operator=",
            "assign",
            "'operator=' is a name that cpp itself calls",
            id="an operator",
        ),
        pytest.param({"s.py": SHAPES}, "s.py::area", "$area", "is not a name", id="a name of another language"),
    ],
)
def test_what_would_break_the_program_is_refused(
    room: Any, files: dict[str, str], symbol: str, new: str, said: str
) -> None:
    write(room, files)
    assert said in room.refused("rename_symbol", symbol=symbol, new_name=new)
    assert {path: room.read(path) for path in files} == files


def test_what_could_not_be_followed_is_told_first(room: Any) -> None:
    write(
        room,
        {
            "pkg/shapes.py": "class Shape:\n    def area(self): ...\n\n\n"
            "class Square(Shape):\n    def area(self): ...\n",
            "u.py": "from shapes import area\n\n\ndef f(s):\n    return s.area()  # area\n",
        },
    )
    result = room.use("rename_symbol", symbol="pkg/shapes.py::Shape.area", new_name="surface")
    assert (result.data["renamed"], result.data["possible"], result.data["others"]) == (1, 2, 1)
    heads = [line for line in result.text.split("\n") if ": " in line and line.startswith(("CHECK", "possible", "in "))]
    assert [head.rpartition(": ")[2] for head in heads] == ["1", "1", "1", "1"]
    assert heads[0].startswith("CHECK: imports") and heads[1].startswith("CHECK: other definitions")
    assert "  u.py:1 from shapes import area" in result.text
    assert "  pkg/shapes.py:6 def area(self): ..." in result.text


def test_a_receiver_that_is_hidden_is_left_alone(room: Any) -> None:
    user = "import s\n\n\ndef g(s):\n    return s.area(1)\n\n\ndef f(C):\n    C.go()\n"
    write(room, {"s.py": SHAPES + "\n\nclass C:\n    def go(self): ...\n", "u.py": user})
    room.use("rename_symbol", symbol="s.py::area", new_name="surface")
    room.use("rename_symbol", symbol="s.py::C.go", new_name="run")
    assert room.read("u.py") == user


def test_force_renames_in_spite_of_a_clash(room: Any) -> None:
    room.write("s.py", SHAPES + "\n\ndef surface(): ...\n")
    assert room.use("rename_symbol", symbol="s.py::area", new_name="surface", force=True).data["renamed"] == 1
    assert room.read("s.py").startswith("def surface(x)")


def test_a_file_in_another_encoding_keeps_it(room: Any) -> None:
    room.write("a.js", "// gr\xfc\xdfe\nfunction area() {}\narea();\n".encode("latin-1"))
    assert "cannot be written in latin-1" in room.refused("rename_symbol", symbol="a.js::area", new_name="fl\u0101che")
    room.use("rename_symbol", symbol="a.js::area", new_name="fl\xe4che")
    text = "// gr\xfc\xdfe\nfunction fl\xe4che() {}\nfl\xe4che();\n"
    assert (room.workspace / "a.js").read_bytes() == text.encode("latin-1")
