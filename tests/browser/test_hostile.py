"""Whoever can name a resource writes into the report. None of it may run, load, or leave."""

import msgspec
import pytest
from playwright.sync_api import Page, expect

from awsvpc_audit.findings import AuditResult, BaselineComparison, Remediation
from awsvpc_audit.report.html.page import MOST_UNPACKED
from tests.browser.opening import Open, Seen
from tests.report.html_documents import a_network, flow, hop, many, path
from tests.report.results import a_diagnosis, a_finding, an_audit, because_of, hostile, ref

ATTACKS = {
    "script": "<script>window.owned = 1</script>",
    "image": "<img src=x onerror='window.owned = 1'>",
    "end of style": "</style><script>window.owned = 1</script>",
    "end of script": "</script><script>window.owned = 1</script>",
    "end of attribute": '" onmouseover="window.owned = 1" autofocus onfocus="window.owned = 1',
    "address": "javascript:window.owned=1",
    "picture": "</text></svg><svg onload='window.owned = 1'><script>window.owned = 1</script>",
    "foreign object": "<foreignObject><iframe srcdoc='<script>parent.owned = 1</script>'></iframe></foreignObject>",
    "end of noscript": "</noscript><script>window.owned = 1</script>",
    "template": "{{ 7 * 7 }}{% for x in y %}${window.owned = 1}",
    "comment": "<!--><script>window.owned = 1</script>-->",
    "request": "<link rel=stylesheet href=https://evil.example/x><img src=https://evil.example/y>",
}


def attacked(evil: str, findings: int = 1) -> AuditResult:
    """An audit in which everything that somebody can name is the attack."""
    faults = [
        a_finding(
            "NET006",
            ref("nat_gateway", f"{evil}{number or ''}"),
            title=evil,
            detail=evil,
            affected=(ref("service", evil),),
            controls=(evil,),
            doc_url=evil,
            remediation=Remediation(text=evil, commands=(evil,)),
        )
        for number in range(findings)
    ]
    result = an_audit(*faults, diagnoses=(a_diagnosis(evil, because_of(faults[0])),), services=(evil,))
    way = flow(evil, hop("nat_gateway", evil, "deny", detail=evil))
    return msgspec.structs.replace(
        result,
        scope=msgspec.structs.replace(result.scope, cluster=evil, region=evil),
        networks=(a_network(evil, path(evil, way)),),
        baseline=BaselineComparison(created_at=None, new=findings, remaining=tuple(faults)),
    )


def use(page: Page) -> None:
    """Do everything that one can do with a page."""
    page.evaluate("for (const each of [...document.querySelectorAll('details')].slice(0, 40)) each.open = true")
    page.fill("#q", "owned")
    page.fill("#q", "")
    for button in page.locator(".command button").all()[:10]:
        button.click()
    for text in page.locator("summary, g.box").all()[:20]:
        text.dispatch_event("mouseover")
    page.wait_for_timeout(50)


@pytest.mark.parametrize("evil", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_text(opened: Open, evil: str) -> None:
    is_text(opened(attacked(evil, 2)), evil)


@pytest.mark.parametrize("attack", ["script", "image", "end of noscript"])
def test_an_attack_that_is_packed_away_is_text_when_unfolded(opened: Open, attack: str) -> None:
    is_text(opened(attacked(ATTACKS[attack], MOST_UNPACKED + 1)), ATTACKS[attack])


def is_text(page: Page, evil: str) -> None:
    use(page)
    assert page.evaluate("window.owned") is None
    expect(page.locator("h1 + .scope b")).to_have_text(evil)
    allowed = "script, img, iframe, link, base, object, embed, foreignObject, form:not(#filters)"
    assert page.locator(allowed).count() == 1
    assert (
        page.locator("a:not([href^='#'])").evaluate_all("all => all.filter(a => a.protocol !== 'https:').length") == 0
    )


def test_control_and_direction_characters_are_gone(opened: Open) -> None:
    page = opened(hostile())
    use(page)
    assert (
        page.evaluate("/[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e]/.test(document.body.innerText)")
        is False
    )


def test_the_policy_stops_what_the_escaping_would_have_let_through(opened: Open, seen: Seen) -> None:
    page = opened(many(2))
    ran = page.evaluate(
        """async () => {
          const blocked = new Promise((then) => document.addEventListener("securitypolicyviolation", () => then(true)));
          const script = document.createElement("script");
          script.textContent = "window.owned = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<b onclick='window.owned = 1' style='color: red'>x</b>");
          await blocked;
          document.body.lastElementChild.click();
          return window.owned ?? null;
        }"""
    )
    assert ran is None
    assert len(seen.said) >= 2
    assert all("Content Security Policy" in each for each in seen.said)
    seen.said.clear()
