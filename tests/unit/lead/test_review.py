import pytest

from sweagent.core.patch import FileStat, Patch
from sweagent.core.report import TestReport
from sweagent.core.verdict import Verdict
from sweagent.lead.review import added_lines, review_by_rules

GREEN = Verdict(passed=True, reason="ok", report=TestReport(command="t", exit_code=0, tests={"t": "passed"}))


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


@pytest.mark.parametrize(
    "line",
    ["_pytest.runner.call_and_report = fake", "setattr(_pytest.runner, 'x', y)", "open('/proc/self/environ')",
     "glob('/tmp/*/TOOL_TEST_REPORT')", "raise unittest.SkipTest('no')", "pytest.skip('no')"],
)  # fmt: skip
def test_reaching_for_the_test_runner_blocks(line: str) -> None:
    assert not review_by_rules(patch(line), GREEN).approved


@pytest.mark.parametrize("line", ["import pytest", "atexit.register(f)", "gc.get_objects()", "builtins.open = x"])
def test_acting_on_the_whole_process_is_remarked(line: str) -> None:
    assert review_by_rules(patch(line), GREEN).findings[0].severity == "warning"


def test_a_test_may_skip_and_import_its_runner() -> None:
    findings = review_by_rules(
        patch("import pytest", "raise unittest.SkipTest", path="tests/x.py", status="added"), GREEN
    )
    assert findings.findings == ()


@pytest.mark.parametrize("url", ["ext::sh -c id", "-u./evil", "file:///etc", "../../other"])
def test_a_submodule_address_that_acts_on_the_machine_blocks(url: str) -> None:
    assert not review_by_rules(patch(f"\turl = {url}", path=".gitmodules"), GREEN).approved


def test_a_green_exit_status_alone_is_remarked() -> None:
    bare = GREEN.model_copy(update={"report": TestReport(command="make test", exit_code=0)})
    assert "exit status" in review_by_rules(patch("x"), bare).findings[0].message


@pytest.mark.parametrize(
    ("target", "severity"),
    [("other.py", "note"), ("../x", "note"), ("/etc/passwd", "blocker"), ("../../x", "blocker"), (".", "note"),
     ("../.git/config", "blocker")],
)  # fmt: skip
def test_links_are_read_for_where_they_lead(target: str, severity: str) -> None:
    head = "diff --git a/s/l b/s/l\nnew file mode 120000\nindex 0..1\n--- /dev/null\n+++ b/s/l\n"
    text = f"{head}@@ -0,0 +1 @@\n+{target}\n"
    found = Patch(base="b", head="h", text=text, files=(FileStat(path="s/l", status="added", added=1),))
    assert review_by_rules(found, GREEN).findings[0].severity == severity


def test_workflows_of_the_forge_are_remarked() -> None:
    assert "forge" in review_by_rules(patch("x", path=".github/workflows/ci.yml"), GREEN).findings[0].message
