"""The gate where a grammar lags behind its language: what it does not know may be written, what is broken may not."""

from __future__ import annotations

import random
from pathlib import PurePath
from typing import Any

import pytest

from benchmarks.edits.lagging import broken, put_back
from tools.edit import syntax
from tools.edit.balance import first_new_loose_end
from tools.edit.gate import Gate
from tools.edit.languages import grammars_of

Bench = Any
UNKNOWN = [
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tlist_for_each_entry(p, q, r) {\n\t\tx();\n\t}\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tgit_vector_foreach(p, q, r)\n\t\tx();\n}\n"),
    ("a.c", "int y;\n", "int y;\n\nstatic int __init f(void)\n{\n\treturn 0;\n}\n"),
    ("a.c", "int y;\n", "int y;\nSYSCALL_DEFINE1(x, int, y)\n{\n\treturn 0;\n}\n"),
    ("a.c", "int y;\n", "int y;\ntypedef struct {\n    PyObject_HEAD\n    int x;\n} T;\n"),
    (
        "a.c",
        "void f(void)\n{\n\tx();\n}\n",
        "void f(void)\n{\n\tPy_BEGIN_ALLOW_THREADS\n\tx();\n\tPy_END_ALLOW_THREADS\n}\n",
    ),
    (
        "a.c",
        "void f(void)\n{\n\tx();\n}\n",
        "void f(void)\n{\n\tPy_BEGIN_ALLOW_THREADS for (i = 0; i < 2; i++) {\n\t}\n\tPy_END_ALLOW_THREADS\n}\n",
    ),
    ("a.c", "int y;\n", "int y;\n#if 0\nThis isn't code, it's prose (really.\n#endif\n"),
    ("a.c", "int y;\n", "int y;\nstatic CPy_NOINLINE int\nfoo(int a)\n{\n\treturn a;\n}\n"),
    ("a.c", "int y;\n", "int y;\nvoid g(void) {\n\taddr = CAST(const struct sockaddr_in *, sa);\n}\n"),
    ("a.c", "int y;\n", "int y;\nint *p = (struct s FAR *)x;\n"),
    ("a.c", "int y;\n", 'int y;\nvoid g(void) {\n\tprintf("0x%" PRIx64 "\\n", x);\n}\n'),
    ("a.cpp", "int y;\n", "int y;\nclass MY_EXPORT A : public B {\n  int x;\n};\n"),
    (
        "a.cpp",
        "int y;\n",
        "int y;\nclass A : public QObject {\n  Q_OBJECT\npublic slots:\n  void f();\nsignals:\n  void g();\n};\n",
    ),
    ("a.cpp", "int y;\n", "export module m;\nimport std;\nint y;\n"),
    ("a.cpp", "struct A {\n  int x;\n};\n", "struct A {\n  int x;\n  void f(this auto&& self);\n};\n"),
    ("a.cpp", "int y;\n", "int y;\nJNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {\n  return 1;\n}\n"),
    ("a.cpp", "int y;\n", "int y;\ntemplate class Wrapper<Traits>;\n"),
    ("a.ts", "let y = 1;\n", "let y = 1;\nexport type * from './a';\n"),
    ("a.ts", "let y = 1;\n", "let y = 1;\nexport type * as A from './a';\n"),
    ("a.ts", "let y = 1;\n", "let y = 1;\nclass A<in out T> {}\n"),
    ("a.ts", "let y = 1;\n", "let y = 1;\ninterface A<out T, in U> {}\n"),
    ("a.d.ts", "declare const y: 1;\n", "declare const y: 1;\nglobal {\n    interface X {}\n}\n"),
    ("a.ts", "let y = 1;\n", 'let y = 1;\nexport declare function f<T>(x: T): import("../O").O<T>;\n'),
    ("a.ts", "let y = 1;\n", "let y = 1;\nclass A { accessor x = 1; }\nusing z = f();\nawait using w = g();\n"),
    (
        "a.ts",
        "let y = 1;\n",
        "let y = 1;\n"
        "function f<const T>(x: T) {}\n"
        "const e = {} satisfies X;\n"
        "import j from './a.json' with { type: 'json' };\n"
        "import defer * as d from 'd';\n",
    ),
    ("a.rs", "fn y() {}\n", 'fn y() {}\nunsafe extern "C" {\n    pub safe fn f(x: i32) -> i32;\n}\n'),
    ("a.rs", "fn y() {}\n", "fn y() {}\nfn g() -> impl Sized + use<'a, T> {}\n"),
    ("a.rs", "fn y() {}\n", "fn y() {\n    if let Some(x) = a && let Some(z) = b && x > z { }\n}\n"),
    ("a.rs", "fn y() {}\n", "fn y() {}\ngen fn g() -> i32 { yield 1; }\n"),
    ("A.java", "class A {\n}\n", "class A {\n  A(int x) {\n    if (x < 0) throw new E();\n    super(x);\n  }\n}\n"),
    ("A.java", "class A {\n}\n", "class A {\n  A(int x) {\n    check(x);\n    this(x, 1);\n  }\n}\n"),
    ("A.java", "class A {\n}\n", "import module java.base;\n\nclass A {\n}\n"),
    (
        "A.java",
        "class A {\n}\n",
        "class A {\n"
        "  int f(Object o) { return switch (o) { case Integer i when i > 0 -> 1; case null,"
        " default -> 0; }; }\n"
        "  void g() { try (var _ = x()) { } }\n"
        "}\n",
    ),
    ("A.java", "class A {\n}\n", 'void main() {\n  IO.println("x");\n}\n'),
    ("a.css", "p { color: red; }\n", "p { color: red; }\n@media (width >= 1px) {\n  p { color: blue; }\n}\n"),
    (
        "a.css",
        "p { color: red; }\n",
        "p { color: red; }\n@media (400px <= width <= 1px) and (not (hover)) {\n  p { color: blue; }\n}\n",
    ),
    (
        "a.css",
        "p { color: red; }\n",
        "p { color: red; }\n@container card (min-width: 1px) {\n  p { color: blue; }\n}\n",
    ),
    (
        "a.css",
        "p { color: red; }\n",
        "@import url('a.css') layer(base) supports(display: grid) screen;\np { color: red; }\n",
    ),
    (
        "a.css",
        "p { color: red; }\n",
        "p { color: red; *width: 1px; filter:"
        " progid:DXImageTransform.Microsoft.gradient(startColorstr='#FFEEEEEE',"
        " GradientType=0); }\n",
    ),
    ("a.css", "p { color: red; }\n", "p { color: red; background: url(../img/inline-delete.svg) 0 0 no-repeat; }\n"),
    (
        "a.css",
        "p { color: red; }\n",
        "p { color: red;\n"
        "  & > a { margin: 0 }\n"
        "  @media print { color: blue; }\n"
        "}\n"
        "@layer a, b;\n"
        "@property --x { syntax: '<length>'; inherits: false; initial-value: 0px; }\n"
        "@scope (.a) to (.b) { img { color: red } }\n"
        "@starting-style { p { opacity: 0 } }\n",
    ),
    ("a.sh", "x=1\n", "x=1\ncase $x in\n  a) echo a ;;&\n  b) echo b ;&\n  *) echo c ;;\nesac\n"),
    ("a.sh", "x=1\n", 'x=1\nif [[ ! "$S" && "$C" = *Debug* && ! "$P" == *sim ]]; then\n  echo\nfi\n'),
    ("a.yaml", "a: 1\n", "a: 1\n{{- if .Values.x }}\nb: {{ .Values.y | quote }}\n{{- end }}\n"),
    (
        "a.yaml",
        "a: 1\n",
        "a: 1\n"
        "spec:\n"
        "  {{- with .Values.x }}\n"
        "  b:\n"
        "    {{- toYaml . | nindent 4 }}\n"
        "  {{- end }}\n"
        '  c: {{ include "a.b" . }}-{{ .C }}\n'
        '  name: "{{ .V }}"\n',
    ),
    ("a.yml", "a: 1\n", "a: 1\n{% if x %}\nb: {{ y }}\n{% endif %}\n{# note: #}\n"),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n<p>{{ a < b }}</p>\n"),
    ("a.html", "<p>x</p>\n", '<p>x</p>\n<a href="{% url "x" y %}" {% if a > b %}class="z"{% endif %}>z</a>\n'),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n<p>Item 1 -> Item 2 & y</p>\n"),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n<%= if (a < b) %>\n<p>z</p>\n<% end %>\n"),
    (
        "a.js",
        "// @flow\nlet y = 1;\n",
        "// @flow\n"
        "let y = 1;\n"
        "function f(x: ?number, y: {| a: string |}): void {}\n"
        "import type {A} from './a';\n"
        "opaque type T = string;\n",
    ),
    (
        "a.js",
        "let y = 1;\n",
        "let y = 1;\n"
        "export { a as instanceof };\n"
        "using x = f();\n"
        "import j from './a.json' with { type: 'json' };\n"
        "import defer * as d from 'd';\n"
        "const r = /[a--b]/v;\n",
    ),
    (
        "a.go",
        "package a\n",
        "package a\n\nfunc f[T any](x iter.Seq[T]) {\n\tfor range 10 {\n\t}\n}\n\ntype A[P any] = B[P]\n",
    ),
    (
        "a.cs",
        "class A {\n}\n",
        "class A(int x) : B(x) {\n"
        "  int[] y = [1, ..z];\n"
        "  string P { get; set => field = value; }\n"
        '  string t = """x""";\n'
        "}\n",
    ),
    (
        "a.cs",
        "class A {\n}\n",
        "class A {\n}\nstatic class E {\n  extension(string s) {\n    public int N => 1;\n  }\n}\n",
    ),
    (
        "a.php",
        "<?php\n$x = 1;\n",
        "<?php\n"
        "$x = 1;\n"
        "class A { public private(set) int $x = 1; public string $n { get => $this->a; set {"
        " $this->a = $value; } } }\n"
        "$y = $x |> strlen(...);\n",
    ),
    (
        "a.rb",
        "x = 1\n",
        "x = 1\n"
        "f = [1].map { it * 2 }\n"
        "def g(*, **, &) = h(*, **, &)\n"
        "case x\n"
        "in {a: Integer => b} if b > 0 then 1\n"
        "end\n",
    ),
    (
        "a.h",
        "int y;\n",
        "int y;\n"
        "MY_NAMESPACE_BEGIN(A)\n"
        "MY_NAMESPACE_BEGIN(detail)\n"
        "\n"
        "/// About f.\n"
        "inline void f(std::string &s) {\n"
        "}\n",
    ),
    ("a.h", "int y;\n", "@interface A : NSObject <B>\n- (void)f:(int)x;\n@end\n"),
    ("a.ts", "let y = 1;\n", "let y = 1;\ntype A = { [K in keyof readonly any[]]?: boolean };\n"),
]
"""Sound edits: name, old and new content."""
BROKEN = [
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tfoo(p {\n\t\tx();\n\t}\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tfoo(p);\n\t\tx()\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tint a = 1\n\tx();\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\treturn a\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", 'void f(void)\n{\n\tputs("a);\n}\n'),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tx();\n\tfoo()\n\tbar();\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tx();\n\tswitch (x) {\n\tcase 1\n\t\ty();\n\t}\n}\n"),
    ("a.c", "struct s {\n\tint x;\n};\n", "struct s {\n\tint x\n\tint y;\n};\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n\tx();\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "{\n\tx();\n}\n"),
    ("a.css", "p { color: red; }\n", "p { color: red; \n a { margin: 0; }\n"),
    ("a.css", "p { color: red; }\n", "p { color red; }\n"),
    ("a.css", "p { color: red; }\n", "p {\n  color: red\n  margin: 0;\n}\n"),
    ("a.html", "<p>x</p>\n", '<p>x</p>\n<p class="a>y</p>\n'),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n<p y</p>\n"),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n</div>\n"),
    ("a.java", "class A {\n}\n", "class A {\n  int x = 1\n  int y = 2;\n}\n"),
    ("a.ts", "let y = 1;\n", "let y = {a 1};\n"),
    ("a.ts", "let y = 1;\n", "let y = {a b};\n"),
    ("a.ts", "let y = 1;\n", "let y = f(a b);\n"),
    ("a.rs", "fn y() {}\n", "fn y() {\n    let x = 1\n    let z = 2;\n}\n"),
    ("a.yaml", "a: 1\n", "a: 1\n{{- if .Values.x }}\nb: [{{ .Values.y | quote }}\nc: 1\n{{- end }}\n"),
    ("a.h", "int y;\n", "@interface A : NSObject <B>\n- (void)f:(int;\n@end\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tlist_for_each_entry(p, q, r) {\n\t\tx();\n}\n"),
    ("a.c", "void f(void)\n{\n\tx();\n}\n", "void f(void)\n{\n\tlist_for_each_entry(p, q, r {\n\t\tx();\n\t}\n}\n"),
    (
        "a.c",
        "void f(void)\n{\n\tEACH(p) x();\n\tEACH(q) { y(); }\n}\n",
        "void f(void)\n{\n\tEACH(p) x();\n\tEACH(q { y(); }\n}\n",
    ),
    ("a.cpp", "int y;\n", 'int y;\nclass MY_EXPORT A : public B {\n  const char *x = "a;\n};\n'),
    ("a.cpp", "int y;\n", "int y;\n#ifdef A\nclass MY_EXPORT A : public B {};\n"),
    ("a.css", "p { color: red; }\n", "p { color: red; }\n@container card (min-width: 1px {\n  p { color: blue; }\n}\n"),
    ("a.css", "p { color: red; }\n", 'p[dir=rtl"] { color: red; }\n'),
    ("a.html", "<p>x</p>\n", '<p>x</p>\n<a href="{% url "x" y %}" {% if a > b %}class="z{% endif %}>z</a>\n'),
    ("a.html", "<p>x</p>\n", "<p>x</p>\n<script>\nf();\n</p>\n"),
    ("a.js", "// @flow\nlet y = 1;\n", "// @flow\nlet y = 1;\nfunction f(x: ?number, y: {| a: string |}: void {}\n"),
    ("a.js", "let y = 1;\n", "let y = 1;\nfunction f(x: ?number): void {}\n"),
    ("a.h", "struct s {\n\tint x;\n};\n", "struct s {\n\tint x\n};\n"),
]
"""Edits that break a file: name, old and new content."""


def errors(name: str, old: str, new: str) -> list[Any]:
    """What the worker would answer."""
    answer, _ = syntax.answer({"grammars": grammars_of(PurePath(name))}, [old.encode(), new.encode()])
    return list(answer["errors"])


@pytest.mark.parametrize(("name", "old", "new"), UNKNOWN)
def test_syntax_that_a_grammar_does_not_know_may_be_written(name: str, old: str, new: str) -> None:
    assert errors(name, old, new) == []
    assert errors(name, "", new) == []


@pytest.mark.parametrize(("name", "old", "new"), BROKEN)
def test_broken_code_in_the_same_languages_is_refused(name: str, old: str, new: str) -> None:
    assert errors(name, old, new)


def test_a_doubt_is_told_with_its_line(bench: Bench) -> None:
    bench.write("a.c", "void f(void)\n{\n\tx();\n}\n")
    done = bench("str_replace", path="a.c", old_str="\tx();", new_str="\tlist_for_each(p, q) {\n\t\tx();\n\t}")
    assert not done.is_error
    assert "line 3: the C grammar may not know this syntax" in done.text and "list_for_each(p, q)" in done.text


def test_a_header_is_judged_by_the_language_that_reads_it(bench: Bench) -> None:
    """C has no classes: that it takes a lost semicolon for one more thing unknown says nothing."""
    old = "class A {\npublic:\n  int f();\n  int x;\n};\n"
    gate = Gate(bench.runner)
    assert gate.check(PurePath("a.h"), old.encode(), old.replace("x;", "x").encode()).refusals
    assert not gate.check(PurePath("a.h"), old.encode(), old.replace("int x", "virtual int x").encode()).refusals


def test_a_file_that_confuses_the_grammar_stays_editable(bench: Bench) -> None:
    """Errors of such a file come up at other places after an edit; brackets still count."""
    head = "EXPORT_DECL void F P((int a, char *b)) NOTHROW\n"
    body = "".join(f"{head}{{\n  EACH(a, b)\n    g({n});\n}}\n\n" for n in range(9))
    gate, old = Gate(bench.runner), body.encode()
    assert not gate.check(PurePath("a.c"), old, body.replace("g(4);", "g(4, EACH);").encode()).refusals
    assert gate.check(PurePath("a.c"), old, body.replace("g(4);", "g(4;").encode()).refusals
    assert gate.check(PurePath("a.c"), old, body.replace("g(4);", 'g("4);').encode()).refusals


@pytest.mark.parametrize(
    ("grammar", "source"),
    [
        ("c", "#ifdef A\nvoid f(int a) {\n#else\nvoid f(void) {\n#endif\n}\n"),
        ("c", "#define BEGIN {\n/* don't ( */ // it's [\nchar c = '(', *s = \"[\\\"\";\n"),
        ("cpp", "auto s = R\"x(don't )\" ( )x\";\nlong n = 1'000'000;\n"),
        ("c", '#ifdef __cplusplus\nextern "C" {\n#endif\nint x;\n#ifdef __cplusplus\n}\n#endif\n'),
        ("css", "a::before { content: '}'; background: url(a.png) } /* don't */\n"),
        ("html", "<!-- don't < --><a href='x>y'>it's 1 < 2</a><script>if (a<b) f('</p');</script>\n"),
        ("javascript", "let a = `(${b})`, c = /[(/]/, d = 'it\\'s'; // don't\n<p>don't</p>;\n"),
        ("python", "((("),
    ],
)
def test_what_balances_is_told_from_words(grammar: str, source: str) -> None:
    assert first_new_loose_end(grammar, "", source) is None


SOURCE = """\
#include "x.h"

static CPy_NOINLINE int
walk(struct node *n, const char *name)
{
	list_for_each_entry(p, &n->children, sibling) {
		if (strcmp(p->name, "it's (") == 0)
			return visit(p, CAST(const struct node *, n));
	}
	return 0;
}

static int __init begin(void)
{
	Py_BEGIN_ALLOW_THREADS
	walk(root[0], "root");
	Py_END_ALLOW_THREADS
	return 0;
}
"""


def test_brackets_lost_among_macros_are_caught(bench: Bench) -> None:
    """Each function can be put back, and no bracket, quotation mark or body can get lost in either."""
    gate, rng, seen = Gate(bench.runner), random.Random(1), 0
    for old in put_back(SOURCE, 2, rng):
        assert not gate.check(PurePath("a.c"), old.encode(), SOURCE.encode()).refusals
    for operator, at, mutant in broken(".c", SOURCE, 20, rng):
        seen += 1
        assert gate.check(PurePath("a.c"), SOURCE.encode(), mutant.encode()).refusals, f"{operator} in line {at + 1}"
    assert seen > 20
