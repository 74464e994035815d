"""The HTML report with 5,000 findings in a real browser: what filtering and scrolling cost.

Chromium counts for itself: the CPU time of the page's main thread (scripts, style, layout, paint), and the clock, from
the event to after the frame that shows its effect. Needs Debian's chromium and the `dev` extra.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from measuring import Verdicts, spread
from playwright.sync_api import Page, sync_playwright

from awsvpc_audit.audit import summarize
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.findings import (
    AuditResult,
    Capacity,
    Collection,
    Evidence,
    Finding,
    Remediation,
    ResourceRef,
    ScopeRef,
    Status,
    Tool,
    TrunkingState,
    fingerprint,
)
from awsvpc_audit.report.html.page import write_html
from awsvpc_audit.report.options import RenderOptions

FINDINGS, SERVICES, RUNS, STEPS = 5_000, 300, 3, 100
FRAME = 1000 / 60
SETTLE_MS = 2_000
"""Texts for the search are gathered while nobody does anything."""

AFTER_FRAME = """
async () => {
  await new Promise(requestAnimationFrame);
  // A message comes after the frame: style, layout and paint of what was done before it are over.
  await new Promise((then) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(0);
  });
  return performance.now();
}
"""


def many_findings() -> AuditResult:
    """Findings of every check, as full as real ones: five lines of evidence, two commands, some services each."""
    findings = []
    for number in range(FINDINGS):
        check = ALL_CHECKS[number % len(ALL_CHECKS)]
        resource = ResourceRef(type="subnet", id=f"subnet-{number:017x}")
        affected = tuple(
            ResourceRef(type="service", id=f"service-{(number * 7 + step) % SERVICES:03d}") for step in range(3)
        )
        findings.append(
            Finding(
                check_id=check.id,
                status=Status.UNKNOWN if number % 11 == 0 else Status.FAIL,
                severity=check.severity,
                title=check.title,
                detail=f"{resource.id} (10.{number % 250}.0.0/24, us-east-1a) has {number % 7} free IPv4 addresses, "
                "and the tasks of three services are started in it",
                resource=resource,
                affected=affected,
                evidence=tuple(
                    Evidence(
                        operation="ec2:DescribeSubnets",
                        resource=resource.id,
                        field=f"AvailableIpAddressCount[{step}]",
                        value=number * step,
                    )
                    for step in range(5)
                ),
                remediation=Remediation(
                    text="Free addresses in the subnet, or add a subnet with room to the service's configuration.",
                    commands=(
                        f"aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={resource.id}",
                        f"aws ec2 describe-subnets --subnet-ids {resource.id}",
                    ),
                ),
                doc_url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html",
                fingerprint=fingerprint(check.id, resource, affected),
            )
        )
    services = tuple(f"service-{number:03d}" for number in range(SERVICES))
    return AuditResult(
        tool=Tool(name="awsvpc-audit", version="0"),
        scope=ScopeRef(account="123456789012", partition="aws", region="us-east-1", cluster="prod", services=services),
        collection=Collection(source="live", started_at=None, finished_at=None, api_calls=0, calls_by_operation={}),
        summary=summarize(findings),
        findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        capacity=Capacity(cluster="prod", trunking=TrunkingState(setting="disabled")),
    )


class Watch:
    """What the page's main thread does, in milliseconds: its CPU time, and the time on the clock."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy(self) -> float:
        """CPU time of all its tasks so far: scripts, style, layout, paint."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")

    def act(self, script: str) -> tuple[float, float]:
        """Do something in the page. CPU time of it and its frame, and how long that took on the clock."""
        before = self.busy()
        clock = self.page.evaluate(f"async () => {{ const start = performance.now(); {script}; "
                                   f"return await ({AFTER_FRAME})() - start; }}")  # fmt: skip
        return self.busy() - before, float(clock)


def typed(watch: Watch) -> list[tuple[float, float]]:
    """Each keystroke while a search is typed and taken back."""
    word = "subnet-0000000000000012"
    steps = [word[:length] for length in (*range(1, len(word) + 1), *range(len(word) - 1, -1, -1))]
    return [
        watch.act(
            f"const q = document.getElementById('q'); q.value = '{step}'; "
            "q.dispatchEvent(new InputEvent('input', { bubbles: true }))"
        )
        for step in steps
    ]


def chosen(watch: Watch) -> list[tuple[float, float]]:
    """Each severity and status, chosen and taken back."""
    number = watch.page.locator("#filters input[type=checkbox]").count()
    return [
        watch.act(f"document.querySelectorAll('#filters input[type=checkbox]')[{box}].click()")
        for box in range(number)
        for _ in range(2)
    ]


def scrolled(watch: Watch) -> list[tuple[float, float]]:
    """Each step of four fifths of the window, further and further down, where nothing was laid out yet."""
    watch.page.evaluate("scrollTo(0, 0)")
    return [watch.act("scrollBy(0, innerHeight * .8)") for _ in range(STEPS)]


def told(what: str, figures: list[tuple[float, float]]) -> list[float]:
    """Print both times of something, and give the CPU times."""
    busy = [each[0] for each in figures]
    ninth = statistics.quantiles(busy, n=20)[-1]
    print(f"{what}: {spread(busy, ' ms CPU', 1)}, 95 in 100 within {ninth:.1f}; "
          f"{spread([each[1] for each in figures], ' ms on the clock', 1)}")  # fmt: skip
    return busy


def main() -> None:
    verdicts = Verdicts()
    result = many_findings()
    started = time.process_time()
    text = write_html(result, RenderOptions())
    print(
        f"writing {FINDINGS:,} findings: {time.process_time() - started:.2f} s CPU, {len(text.encode()) / 1e6:.1f} MB"
    )
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium found: apt-get install chromium")
    loads: list[float] = []
    strokes: list[tuple[float, float]] = []
    boxes: list[tuple[float, float]] = []
    steps: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        file.write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium)
        for _ in range(RUNS):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            watch = Watch(page)
            page.goto(file.as_uri())
            page.evaluate(AFTER_FRAME)
            loads.append(watch.busy())
            page.wait_for_timeout(SETTLE_MS)
            strokes += typed(watch)
            boxes += chosen(watch)
            steps += scrolled(watch)
            page.close()
        browser.close()
    print(f"loading, to the first frame: {spread(loads, ' ms CPU', 0)}")
    told("a keystroke in the search", strokes)
    told("a severity or status chosen or taken back", boxes)
    told("a step of scrolling", steps)
    verdicts.ratio("CPU of a keystroke ÷ 50 ms, from where a task counts as long", [s[0] / 50 for s in strokes], 1.0)
    verdicts.ratio("CPU of a step of scrolling ÷ 1/60 s", [s[0] / FRAME for s in steps], 1.0)
    verdicts.end()


if __name__ == "__main__":
    main()
