import pytest

from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestReport
from sweagent.core.verdict import Verdict
from sweagent.lead.review import added_lines, review_by_rules

GREEN = Verdict(passed=True, reason="ok", report=TestReport(command="t", exit_code=0))


def patch(*added: str, path: str = "src/a.py", status: str = "modified", binary: bool = False) -> Patch:
    body = "".join(f"+{line}\n" for line in added)
    text = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -3,2 +3,{2 + len(added)} @@\n x\n{body} y\n"
    stat = FileStat(path=path, status=status, added=len(added), binary=binary)
    return Patch(base="b", head="h", text=text, files=(stat,))


def test_a_small_clean_patch_is_approved() -> None:
    review = review_by_rules(patch("    return carry"), GREEN)
    assert review.approved
    assert review.findings == ()


def test_findings_carry_place_and_evidence() -> None:
    (finding,) = review_by_rules(patch("ok", "    breakpoint()"), GREEN).findings
    assert (finding.path, finding.line, finding.evidence) == ("src/a.py", 5, "breakpoint()")


@pytest.mark.parametrize(
    "line",
    ["<<<<<<< HEAD", "import pdb; pdb.set_trace()", "os._exit(0)", "if 'PYTEST_CURRENT_TEST' in os.environ:",
     "key = 'ghp_" + "a" * 36 + "'", "-----BEGIN RSA PRIVATE KEY-----"],
)  # fmt: skip
def test_blockers(line: str) -> None:
    assert not review_by_rules(patch(line), GREEN).approved


@pytest.mark.parametrize("line", ["except Exception: pass", "@pytest.mark.skip", "x = eval(y)", "run(c, shell=True)"])
def test_warnings_do_not_block(line: str) -> None:
    review = review_by_rules(patch(line), GREEN)
    assert review.approved
    assert review.findings[0].severity == "warning"


def test_a_negative_verdict_and_an_empty_patch_block() -> None:
    red = GREEN.model_copy(update={"passed": False, "reason": "1 test still fails"})
    assert not review_by_rules(patch("x"), red).approved
    assert not review_by_rules(Patch(base="b", head="b", text=""), None).approved


def test_changed_tests_and_binaries_are_remarked() -> None:
    assert "existing test file" in review_by_rules(patch("x", path="tests/test_a.py"), GREEN).findings[0].message
    assert "binary" in review_by_rules(patch(path="logo.png", binary=True), GREEN).findings[0].message


def test_lines_that_look_like_headers_do_not_confuse() -> None:
    lines = list(added_lines(patch("++ b/fake.py", "@@ -1 +1 @@", "code")))
    assert [(a.path, a.line) for a in lines] == [("src/a.py", 4), ("src/a.py", 5), ("src/a.py", 6)]
