"""Whether people can read it: on a desk, on a phone, by day and by night, on paper, by ear."""

import io
import re

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from awsvpc_audit.findings import AuditResult, Report
from tests.browser.opening import Open
from tests.report.html_documents import a_report, everything, many
from tests.report.results import an_audit, hostile

DOCUMENTS = {
    "an audit": everything(),
    "a report": a_report(),
    "nothing found": an_audit(),
    "hostile": hostile(),
    "many findings": many(700),
}
each_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
each_width = pytest.mark.parametrize("width", [1280, 390])
each_scheme = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def unfold(page: Page) -> None:
    page.evaluate("for (const each of [...document.querySelectorAll('details')].slice(0, 80)) each.open = true")
    page.wait_for_timeout(50)


@each_document
@each_width
def test_the_page_does_not_scroll_sideways(opened: Open, document: AuditResult | Report, width: int) -> None:
    page = opened(document, width=width)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, nav *")].filter((e) => {
          const box = e.getBoundingClientRect();
          return box.width && box.right > innerWidth + 1 && !e.closest(".scroll, .vh");
        }).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert outside == []


@each_document
@each_width
def test_no_text_is_smaller_than_12_pixels(opened: Open, document: AuditResult | Report, width: int) -> None:
    page = opened(document, width=width)
    unfold(page)
    small = page.evaluate(
        """() => {
          const found = new Set();
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const e = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("title, desc, .vh")) continue;
            const scale = e.ownerSVGElement ? e.getScreenCTM().a : 1;
            if (parseFloat(getComputedStyle(e).fontSize) * scale < 12) found.add(e.outerHTML.slice(0, 80));
          }
          return [...found];
        }"""
    )
    assert small == []


@each_width
def test_what_is_pressed_is_large_enough_for_a_finger(opened: Open, width: int) -> None:
    page = opened(a_report(), width=width)
    unfold(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, summary, nav a, label.chip")].filter((e) => {
          const box = e.getBoundingClientRect();
          return e.checkVisibility() && (box.height < 24 || box.width < 24);
        }).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const linear = (v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    const [r, g, b] = colour.slice(0, 3).map((v) => linear(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (e) => {
    for (let each = e; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
      if (colour[3] !== 0) throw new Error("half transparent");
    }
    throw new Error("no ground");
  };
  const groundOfText = (e) => {
    const rect = e.parentElement.querySelector(":scope > rect") ?? e.previousElementSibling;
    return rgb(getComputedStyle(rect).fill);
  };
  let least = [99, ""];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.checkVisibility() || e.closest("title, desc, .skip, option")) continue;
    const isDrawn = Boolean(e.ownerSVGElement);
    const style = getComputedStyle(e);
    const a = luminance(rgb(isDrawn ? style.fill : style.color));
    const b = luminance(isDrawn ? groundOfText(e) : ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    count += 1;
    if (ratio < least[0]) least = [ratio, e.outerHTML.slice(0, 120)];
  }
  return [...least, count];
}"""


@each_document
@each_scheme
def test_every_text_stands_out_from_its_ground(opened: Open, document: AuditResult | Report, dark: bool) -> None:
    page = opened(document, dark=dark)
    unfold(page)
    for chip in page.locator(".chip input").all()[:1]:
        chip.check(force=True)
    least, where, count = page.evaluate(CONTRASTS)
    assert count > 40
    assert least >= 4.5, where
    is_dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != "rgb(255, 255, 255)"
    assert is_dark is dark


@each_document
@each_scheme
def test_axe_finds_nothing(opened: Open, document: AuditResult | Report, dark: bool) -> None:
    page = opened(document, dark=dark)
    unfold(page)
    # What is not laid out yet lies where it will not be.
    page.evaluate(
        "for (const each of document.querySelectorAll('.check, .chunk')) each.style.contentVisibility = 'visible'"
    )
    results = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert [(v["id"], v["nodes"][0]["html"]) for v in results.response["violations"]] == []


def test_every_part_that_scrolls_can_be_reached_and_is_named(opened: Open) -> None:
    page = opened(everything(), width=390)
    for part in page.locator(".scroll").all():
        assert part.get_attribute("tabindex") == "0"
        assert part.get_attribute("aria-label")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_how_many_match_is_said_aloud(opened: Open) -> None:
    status = opened(everything()).locator("#shown")
    expect(status).to_have_attribute("role", "status")
    expect(status).to_have_attribute("aria-live", "polite")


def test_a_command_is_copied(opened: Open) -> None:
    page = opened(everything())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(".trouble .command button").first
    button.click()
    expect(button).to_have_text("Copied")
    command = page.locator(".trouble .command code").first.text_content()
    assert page.evaluate("navigator.clipboard.readText()") == command


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


ON_PAPER = (
    "In trouble",
    "Since the baseline",
    "Findings that are new",
    "Networks",
    "Capacity",
    "What could not be read",
    "Waivers",
    "How this was read",
    # What is folded on the screen.
    "FailureCode",
    "set-subnets",
    "acl-remaining",
    "blocks NAT gateway",
    "ec2:DescribeSubnets",
    "fingerprint",
    # Where links lead.
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_on_paper_everything_is_unfolded_and_no_control_is_printed(opened: Open, scripts: bool) -> None:
    page = opened(everything(), scripts=scripts, dark=True)
    text = text_of(page.pdf(format="A4")).replace(" ", "")
    assert not [said for said in ON_PAPER if said.replace(" ", "") not in text]
    assert not [said for said in ("All areas", "Unfold", "Copy", "Skip to") if said.replace(" ", "") in text]
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


def test_many_findings_are_on_paper_whole(opened: Open) -> None:
    page = opened(many(520))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".finding[open] .facts").count() == 520
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".finding[open]").count() == 0


def test_a_report_begins_each_cluster_on_a_page_of_its_own(opened: Open) -> None:
    reader = pypdf.PdfReader(io.BytesIO(opened(a_report()).pdf(format="A4")))
    starts = [page.extract_text().strip().splitlines()[0] for page in reader.pages]
    assert len([line for line in starts if re.search(r"(prod|staging|sandbox)$", line)]) == 3
