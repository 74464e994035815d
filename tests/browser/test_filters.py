import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from awsvpc_audit.findings import AuditResult
from awsvpc_audit.report.html.page import CHUNK, MOST_UNPACKED
from tests.browser.opening import Open
from tests.report.html_documents import a_report, everything, many
from tests.report.results import a_finding, an_audit, ref


def checks(page: Page) -> list[str]:
    """IDs of the checks whose findings can be seen, once each, in their order."""
    found: list[str] = page.eval_on_selector_all(
        ".check",
        "found => found.filter(e => e.checkVisibility()).map(e => e.querySelector('.check-id').textContent)",
    )
    return found


def shown(page: Page) -> int:
    return int(
        page.eval_on_selector_all(".finding[data-status]", "found => found.filter(e => !e.closest('[hidden]')).length")
    )


def says(page: Page, text: str) -> None:
    expect(page.locator("#shown")).to_have_text(text)


def choose(page: Page, *chips: str) -> None:
    for chip in chips:
        page.locator(f"input[type=checkbox][value={chip}]").check(force=True)


ALL_CHECKS = ["NET006", "LBS003", "AGT001", "AGT002", "SVC007", "DNS002", "SUB006", "ENI001", "NET006"]


def test_at_first_everything_is_there(opened: Open) -> None:
    page = opened(everything())
    says(page, "9 findings")
    assert checks(page) == ALL_CHECKS


@pytest.mark.parametrize(
    ("chips", "expected"),
    [
        (["critical"], ["NET006"]),
        (["medium"], ["AGT001"]),
        (["critical", "medium"], ["NET006", "AGT001"]),
        (["unknown"], ["AGT002", "SVC007"]),
        (["waived"], ["DNS002", "SUB006"]),
        (["pass"], ["ENI001", "NET006"]),
        (["fail", "high"], ["LBS003"]),
        (["low", "unknown"], []),
    ],
    ids=lambda value: "+".join(value) or "none",
)
def test_severity_and_status(opened: Open, chips: list[str], expected: list[str]) -> None:
    page = opened(everything())
    choose(page, *chips)
    says(page, f"{len(expected)} of 9 findings match")
    assert checks(page) == expected
    expect(page.locator(".nothing")).to_be_visible(visible=not expected)


def test_area(opened: Open) -> None:
    page = opened(everything())
    page.select_option("#area", "AGT")
    says(page, "2 of 9 findings match")
    assert checks(page) == ["AGT001", "AGT002"]


def test_service(opened: Open) -> None:
    page = opened(everything())
    page.select_option("#service", "web")
    says(page, "2 of 9 findings match")
    assert checks(page) == ["LBS003", "AGT001"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nat-0c3", ["NET006"]),
        ("net006", ["NET006", "NET006"]),
        ("INSUFFICIENTFREE", ["NET006"]),
        ("create-nat-gateway", ["NET006"]),
        ("zone enable", ["LBS003"]),
        ("names are not used", ["DNS002"]),
        ("no such text", []),
    ],
    ids=["a resource", "a check", "evidence in any case", "a command", "two words in any order", "a reason", "nothing"],
)
def test_free_text(opened: Open, text: str, expected: list[str]) -> None:
    page = opened(everything())
    page.fill("#q", text)
    says(page, f"{len(expected)} of 9 findings match")
    assert checks(page) == expected


def test_filters_together_and_cleared(opened: Open) -> None:
    page = opened(everything())
    page.select_option("#service", "worker")
    choose(page, "critical", "fail")
    page.select_option("#area", "NET")
    page.fill("#q", "nat-0c3")
    says(page, "1 of 9 findings match")
    page.select_option("#area", "LBS")
    says(page, "0 of 9 findings match")
    page.click("#clear")
    says(page, "9 findings")
    assert checks(page) == ALL_CHECKS
    expect(page).to_have_url(re.compile(r"report\.html$"))


def test_by_keyboard_alone(opened: Open) -> None:
    page = opened(everything())
    page.focus("#q")
    page.keyboard.type("agt")
    says(page, "2 of 9 findings match")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "area"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "critical"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    says(page, "1 of 9 findings match")
    assert checks(page) == ["AGT001"]
    assert page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle") == "solid"
    while page.evaluate("document.activeElement.id") != "clear":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    says(page, "9 findings")
    assert page.evaluate("document.activeElement.id") == "q"


def test_the_state_is_in_the_address_and_comes_back_from_it(opened: Open) -> None:
    page = opened(everything())
    choose(page, "critical", "high")
    page.select_option("#service", "worker")
    page.fill("#q", "nat & more=?")
    expect(page).to_have_url(re.compile("more"))
    state = page.evaluate("location.hash")
    assert unquote(state).startswith("#?severity=critical,high&service=worker&q=nat")
    again = opened(everything(), state=state)
    assert again.input_value("#q") == "nat & more=?"
    assert again.input_value("#service") == "worker"
    assert again.is_checked("input[value=high]")
    says(again, "0 of 9 findings match")


@pytest.mark.parametrize(
    "state",
    ["#?severity=nonsense&area=%00&service=<script>&q=", "#?%E0%A4%A", "#%E0%A4%A", "#?", "#nowhere"],
    ids=["values that there are not", "no UTF-8", "an anchor of no UTF-8", "empty", "an anchor that there is not"],
)
def test_a_broken_state_filters_nothing(opened: Open, state: str) -> None:
    page = opened(everything(), state=state)
    page.click("#clear")
    says(page, "9 findings")
    assert shown(page) == 9


def test_clusters_of_a_report(opened: Open) -> None:
    page = opened(a_report())

    def clusters() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            ".cluster", "found => found.filter(e => e.checkVisibility()).map(e => e.querySelector('h2').innerText)"
        )
        return found

    assert [name.split()[-1] for name in clusters()] == ["prod", "staging", "sandbox"]
    page.select_option("#cluster", "123456789012/eu-west-1/staging")
    says(page, "1 of 10 findings match")
    assert [name.split()[-1] for name in clusters()] == ["staging"]
    page.select_option("#cluster", "")
    page.fill("#q", "nat-0c3")
    says(page, "2 of 10 findings match")
    assert [name.split()[-1] for name in clusters()] == ["prod", "staging"]
    page.click("#clear")
    page.select_option("#cluster", "123456789012/us-east-1/sandbox")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.cluster')].filter(e => e.checkVisibility()).length === 1"
    )
    assert [name.split()[-1] for name in clusters()] == ["sandbox"]


def test_a_link_to_a_finding_unfolds_it_though_it_is_filtered_out(opened: Open) -> None:
    page = opened(everything())
    choose(page, "low")
    page.locator(".trouble a[href^='#NET006-']").first.click()
    finding = page.locator("details.finding[id^='NET006-']").first
    expect(finding).to_have_attribute("open", "")
    expect(finding).to_be_in_viewport()
    says(page, "9 findings")


def test_unfolding_what_is_shown_and_folding_it_again(opened: Open) -> None:
    page = opened(everything())
    page.fill("#q", "agt")
    says(page, "2 of 9 findings match")
    page.click("#unfold")
    assert page.locator(".finding[data-status][open]").count() == 2
    page.click("#unfold")
    assert page.locator(".finding[data-status][open]").count() == 0


def test_a_group_says_how_many_of_its_findings_match(opened: Open) -> None:
    page = opened(many(CHUNK + 5))
    page.fill("#q", "acl-000")
    says(page, f"10 of {CHUNK + 5} findings match")
    expect(page.locator(".check .count")).to_have_text(f"10 of {CHUNK + 5}")
    page.fill("#q", "")
    expect(page.locator(".check .count")).to_have_text(f"{CHUNK + 5}")


def large() -> AuditResult:
    return an_audit(
        *(
            a_finding("SUB001", ref("subnet", f"subnet-{n:04d}"), detail='<i>&amp; "quoted" it</i> is full')
            for n in range(MOST_UNPACKED + 100)
        )
    )


def test_many_findings_are_searched_whole_though_most_is_packed_away(opened: Open) -> None:
    page = opened(large())
    assert page.locator("noscript").count() == MOST_UNPACKED + 100
    page.fill("#q", "mend it. fingerprint subnet-0007")
    says(page, f"1 of {MOST_UNPACKED + 100} findings match")
    page.fill("#q", '<i>&amp; "quoted"')
    says(page, f"{MOST_UNPACKED + 100} of {MOST_UNPACKED + 100} findings match")
    page.locator(".finding summary").first.click()
    expect(page.locator(".finding .facts").first).to_contain_text("Mend it.")
    assert page.locator("noscript").count() == MOST_UNPACKED + 99


def test_without_scripts_everything_is_there_and_no_filter(opened: Open) -> None:
    page = opened(many(MOST_UNPACKED + 1), scripts=False)
    expect(page.locator("#filters")).to_be_hidden()
    assert page.locator(".finding .facts").count() == MOST_UNPACKED + 1
    page.locator(".finding summary").first.click()
    expect(page.locator(".finding .facts").first).to_be_visible()
