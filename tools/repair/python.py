"""The table for Python."""

from __future__ import annotations

from tools.repair.language import Language


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROLES = {
    "function": _kinds("function_definition"),
    "class": _kinds("class_definition"),
    "block": _kinds("block"),
    "parameters": _kinds("parameters"),
    "identifier": _kinds("identifier"),
    "comparison": _kinds("comparison_operator"),
    "binary": _kinds("binary_operator"),
    "boolean": _kinds("boolean_operator"),
    "not": _kinds("not_operator"),
    "unary": _kinds("unary_operator"),
    "conditional": _kinds("conditional_expression"),
    "call": _kinds("call"),
    "arguments": _kinds("argument_list"),
    "attribute": _kinds("attribute"),
    "subscript": _kinds("subscript"),
    "slice": _kinds("slice"),
    "integer": _kinds("integer"),
    "float": _kinds("float"),
    "string": _kinds("string"),
    "string_content": _kinds("string_content"),
    "constant": _kinds("true false none"),
    "collection": _kinds("list tuple dictionary set expression_list pattern_list"),
    "keyword_argument": _kinds("keyword_argument"),
    "comprehension_if": _kinds("if_clause"),
    "assignment": _kinds("assignment"),
    "augmented": _kinds("augmented_assignment"),
    "return": _kinds("return_statement"),
    "raise": _kinds("raise_statement"),
    "yield": _kinds("yield"),
    "if": _kinds("if_statement"),
    "elif": _kinds("elif_clause"),
    "else": _kinds("else_clause"),
    "while": _kinds("while_statement"),
    "for": _kinds("for_statement"),
    "try": _kinds("try_statement"),
    "except": _kinds("except_clause"),
    "jump": _kinds("break_statement continue_statement pass_statement"),
    "default": _kinds("default_parameter typed_default_parameter"),
    "lambda": _kinds("lambda"),
    "parenthesized": _kinds("parenthesized_expression"),
    "clauses": _kinds("elif_clause else_clause except_clause finally_clause except_group_clause case_clause"),
    "compound": _kinds(
        "if_statement while_statement for_statement try_statement with_statement function_definition class_definition "
        "decorated_definition match_statement"
    ),
    "simple": _kinds(
        "expression_statement return_statement raise_statement assert_statement delete_statement pass_statement "
        "break_statement continue_statement global_statement nonlocal_statement import_statement import_from_statement"
    ),
    "expression": _kinds(
        "identifier comparison_operator binary_operator boolean_operator not_operator unary_operator attribute "
        "conditional_expression call subscript integer float string list tuple dictionary set list_comprehension "
        "generator_expression dictionary_comprehension set_comprehension parenthesized_expression true false none "
        "lambda concatenated_string await"
    ),
    "primary": _kinds(
        "identifier attribute call subscript integer float string list tuple dictionary set true false none "
        "parenthesized_expression list_comprehension"
    ),
    "type": _kinds("type"),
    "opaque": _kinds("type comment decorator"),
}

SWAPS = {
    "<": (("<=", 1.0), (">", 0.8), (">=", 0.7), ("!=", 0.4), ("==", 0.4)),
    "<=": (("<", 1.0), (">=", 0.8), (">", 0.7), ("==", 0.4), ("!=", 0.3)),
    ">": ((">=", 1.0), ("<", 0.8), ("<=", 0.7), ("!=", 0.4), ("==", 0.4)),
    ">=": ((">", 1.0), ("<=", 0.8), ("<", 0.7), ("==", 0.4), ("!=", 0.3)),
    "==": (("!=", 1.0), ("is", 0.4), (">=", 0.5), ("<=", 0.5), ("in", 0.4), ("<", 0.4), (">", 0.4)),
    "!=": (("==", 1.0), ("is not", 0.4), ("<", 0.5), (">", 0.5), ("not in", 0.4), ("<=", 0.4), (">=", 0.4)),
    "is": (("is not", 1.0), ("==", 0.7), ("in", 0.3)),
    "is not": (("is", 1.0), ("!=", 0.7)),
    "in": (("not in", 1.0), ("==", 0.5)),
    "not in": (("in", 1.0), ("!=", 0.5)),
    "and": (("or", 1.0),),
    "or": (("and", 1.0),),
    "+": (("-", 1.0), ("*", 0.5), ("|", 0.2), ("//", 0.2), ("%", 0.2)),
    "-": (("+", 1.0), ("*", 0.3), ("/", 0.2), ("//", 0.2), ("%", 0.3)),
    "*": (("+", 0.7), ("/", 0.8), ("//", 0.7), ("**", 0.7), ("-", 0.3)),
    "/": (("//", 1.0), ("*", 0.8), ("%", 0.5), ("-", 0.2)),
    "//": (("/", 1.0), ("*", 0.6), ("%", 0.7), ("-", 0.2)),
    "%": (("//", 0.8), ("/", 0.5), ("*", 0.4), ("+", 0.3)),
    "**": (("*", 1.0), ("//", 0.2)),
    "<<": ((">>", 1.0), ("*", 0.2)),
    ">>": (("<<", 1.0), ("//", 0.2)),
    "&": (("|", 1.0), ("^", 0.7), ("-", 0.3)),
    "|": (("&", 1.0), ("^", 0.7), ("+", 0.2), ("-", 0.3)),
    "^": (("&", 0.8), ("|", 0.8)),
    "+=": (("-=", 1.0), ("=", 0.9), ("*=", 0.5), ("|=", 0.2)),
    "-=": (("+=", 1.0), ("=", 0.9)),
    "*=": (("+=", 0.8), ("/=", 0.6), ("//=", 0.6), ("=", 0.8), ("**=", 0.4)),
    "/=": (("//=", 1.0), ("*=", 0.8), ("=", 0.5)),
    "//=": (("/=", 1.0), ("*=", 0.8), ("=", 0.5), ("%=", 0.5)),
    "%=": (("//=", 0.8), ("=", 0.5)),
    "|=": (("&=", 1.0), ("^=", 0.7), ("=", 0.9), ("-=", 0.3)),
    "&=": (("|=", 1.0), ("^=", 0.7), ("=", 0.9)),
    "^=": (("&=", 0.8), ("|=", 0.8), ("=", 0.6)),
    "<<=": ((">>=", 1.0), ("=", 0.5)),
    ">>=": (("<<=", 1.0), ("=", 0.5)),
}


def _family(text: str, weight: float) -> dict[str, tuple[tuple[str, float], ...]]:
    names = text.split()
    return {name: tuple((other, weight) for other in names if other != name) for name in names}


NAMES: dict[str, tuple[tuple[str, float], ...]] = {}
for _group, _weight in (
    ("min max", 1.0),
    ("any all", 1.0),
    ("strip lstrip rstrip", 0.9),
    ("split rsplit", 0.9),
    ("partition rpartition", 0.9),
    ("find rfind index rindex", 0.8),
    ("startswith endswith", 1.0),
    ("append extend insert appendleft", 0.8),
    ("add update discard remove", 0.7),
    ("keys values items", 0.8),
    ("lower upper title capitalize casefold swapcase", 0.7),
    ("ljust rjust center", 0.9),
    ("isdigit isalpha isalnum isdecimal isnumeric isspace", 0.7),
    ("isupper islower istitle", 0.8),
    ("match search fullmatch", 0.9),
    ("findall finditer", 0.6),
    ("pop popleft popitem", 0.8),
    ("union intersection difference symmetric_difference", 0.8),
    ("issubset issuperset isdisjoint", 0.9),
    ("bisect_left bisect_right bisect insort_left insort_right", 0.9),
    ("floor ceil trunc round", 0.8),
    ("sorted reversed list iter", 0.6),
    ("list tuple set frozenset dict", 0.6),
    ("str repr ascii", 0.7),
    ("int float complex bool", 0.6),
    ("bytes bytearray", 0.7),
    ("isinstance issubclass", 0.6),
    ("getattr hasattr", 0.5),
    ("get pop setdefault", 0.7),
    ("len sum", 0.4),
    ("zip zip_longest", 0.7),
    ("map filter filterfalse", 0.6),
    ("takewhile dropwhile", 0.9),
    ("replace translate", 0.3),
    ("encode decode", 0.9),
    ("days seconds microseconds", 0.7),
    ("start stop step end", 0.7),
    ("first last", 0.8),
    ("left right", 0.9),
    ("prev next previous", 0.8),
    ("key value", 0.7),
    ("copy deepcopy", 0.8),
    ("islice chain", 0.3),
    ("year month day hour minute second", 0.5),
    ("width height", 0.8),
    ("lo hi", 0.9),
    ("x y z", 0.6),
    ("group groups groupdict", 0.6),
    ("ord chr", 0.8),
    ("abs round", 0.5),
    ("heappush heappop heapreplace heappushpop", 0.6),
):
    for _name, _others in _family(_group, _weight).items():
        NAMES[_name] = NAMES.get(_name, ()) + _others

_EXCEPTIONS = (
    "ValueError TypeError KeyError IndexError AttributeError LookupError StopIteration RuntimeError "
    "NotImplementedError ZeroDivisionError OverflowError OSError ImportError UnicodeError AssertionError Exception"
)

PYTHON = Language(
    name="python",
    grammar="tree_sitter_python",
    suffixes=(".py", ".pyi"),
    roles=ROLES,
    swaps=SWAPS,
    names=NAMES,
    constants={
        "integer": (("0", 0.8), ("1", 0.8), ("-1", 0.6), ("2", 0.4), ("None", 0.4), ("10", 0.1)),
        "float": (("0", 0.5), ("1", 0.5), ("0.5", 0.4), ("2", 0.3)),
        "string": (("''", 0.5), ("' '", 0.3), ("None", 0.3), ("'\\n'", 0.15)),
        "true": (("False", 1.0), ("None", 0.3)),
        "false": (("True", 1.0), ("None", 0.4)),
        "none": (("False", 0.4), ("True", 0.3), ("0", 0.4), ("''", 0.4), ("[]", 0.4), ("{}", 0.3), ("()", 0.3), ("1", 0.3)),
    },
    wraps=(
        ("str({})", 0.5),
        ("int({})", 0.5),
        ("list({})", 0.5),
        ("len({})", 0.4),
        ("sorted({})", 0.35),
        ("tuple({})", 0.35),
        ("abs({})", 0.35),
        ("set({})", 0.3),
        ("bool({})", 0.25),
        ("float({})", 0.25),
        ("iter({})", 0.25),
        ("repr({})", 0.25),
        ("dict({})", 0.2),
        ("reversed({})", 0.25),
        ("sum({})", 0.2),
        ("round({})", 0.2),
        ("type({})", 0.15),
        ("{}.strip()", 0.4),
        ("{}.lower()", 0.4),
        ("{}.copy()", 0.4),
        ("{}[0]", 0.35),
        ("{}[1]", 0.25),
        ("{}[-1]", 0.3),
        ("{}[1:]", 0.3),
        ("{}[:-1]", 0.3),
        ("{}[::-1]", 0.2),
        ("{}()", 0.25),
        ("[{}]", 0.25),
        ("({},)", 0.2),
        ("{}.items()", 0.25),
        ("{}.keys()", 0.15),
        ("{}.values()", 0.2),
        ("max(0, {})", 0.2),
    ),
    typed_wraps={
        "str": (("{}.strip()", 0.6), ("{}.lower()", 0.6), ("{}.upper()", 0.4), ("{}.rstrip()", 0.4), ("{}.lstrip()", 0.4),
                ("{}.rstrip('\\n')", 0.2), ("{}.encode()", 0.4), ("{}.split()", 0.3), ("{}.casefold()", 0.2), ("int({})", 0.5),
                ("{}.title()", 0.15), ("{}.capitalize()", 0.15), ("len({})", 0.4), ("{}.splitlines()", 0.2), ("float({})", 0.3)),
        "bytes": (("{}.decode()", 0.7), ("{}.strip()", 0.3)),
        "list": (("list({})", 0.6), ("{}.copy()", 0.5), ("tuple({})", 0.5), ("len({})", 0.6), ("sorted({})", 0.5), ("{}[:]", 0.4),
                 ("set({})", 0.3), ("{}[::-1]", 0.3), ("sum({})", 0.3), ("max({})", 0.2), ("min({})", 0.2)),
        "tuple": (("list({})", 0.6), ("len({})", 0.5), ("sorted({})", 0.3)),
        "dict": (("dict({})", 0.4), ("{}.copy()", 0.5), ("{}.items()", 0.6), ("{}.values()", 0.5), ("list({})", 0.4),
                 ("{}.keys()", 0.4), ("len({})", 0.4)),
        "int": (("str({})", 0.6), ("abs({})", 0.5), ("float({})", 0.3), ("bool({})", 0.3), ("max(0, {})", 0.3), ("-{}", 0.3)),
        "float": (("int({})", 0.6), ("round({})", 0.4), ("abs({})", 0.5), ("str({})", 0.4), ("-{}", 0.3)),
        "set": (("list({})", 0.5), ("sorted({})", 0.6), ("len({})", 0.5), ("{}.copy()", 0.4)),
        "generator": (("list({})", 0.8), ("tuple({})", 0.4), ("next({})", 0.4)),
        "NoneType": (("{} or ''", 0.5), ("{} or 0", 0.3), ("{} or []", 0.4), ("{} or ()", 0.3), ("{} or {{}}", 0.4)),
    },
    negate="not {}",
    conjoin="{} and {}",
    disjoin="{} or {}",
    tests=(("{} is not None", 1.0), ("{}", 0.9), ("not {}", 0.8), ("{} is None", 0.8), ("len({}) > 1", 0.2), ("{} > 0", 0.3),
           ("{} == 0", 0.25), ("isinstance({}, str)", 0.35), ("isinstance({}, (list, tuple))", 0.2), ("isinstance({}, dict)", 0.2),
           ("isinstance({}, int)", 0.15), ("callable({})", 0.15)),
    returns=(("None", 0.8), ("False", 0.6), ("True", 0.5), ("[]", 0.4), ("''", 0.35), ("0", 0.4), ("{}", 0.25), ("()", 0.2),
             ("1", 0.2), ("-1", 0.2), ("self", 0.25), ("NotImplemented", 0.2)),
    exits=(("continue", 0.7), ("break", 0.7)),
    exceptions=tuple(_EXCEPTIONS.split()),
    regex=((r"+", 0.8), (r"*", 0.8), (r"?", 0.6)),
    keywords=frozenset(
        "False None True and as assert async await break class continue def del elif else except finally for from global "
        "if import in is lambda nonlocal not or pass raise return try while with yield match case print exec".split()
    ),
)
