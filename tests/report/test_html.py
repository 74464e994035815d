import itertools
import random
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import msgspec
import pytest

from awsvpc_audit.findings import BaselineCounts, ServiceAudit, ServiceNetwork
from awsvpc_audit.report.html.page import MOST_UNPACKED, write_html
from awsvpc_audit.report.html.routes import MOST_PICTURES
from awsvpc_audit.report.options import Document, RenderOptions
from tests.report.html_documents import (
    WELL_NETWORK,
    WORKER_NETWORK,
    a_network,
    a_report,
    everything,
    flow,
    hop,
    in_cluster,
    many,
    path,
)
from tests.report.results import HOSTILE, an_audit, hostile, in_trouble

ALL = RenderOptions(all=True)


class Page(HTMLParser):
    """Elements and texts of a page, as Python's own parser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside = ""
        self.own: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag
        if tag == "br":
            self.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""
        if tag in {"td", "th", "li", "p", "dt", "dd", "option"}:
            self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if self.inside in {"style", "script"}:
            self.own[self.inside] = data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(document: Document, options: RenderOptions = ALL) -> Page:
    return Page(write_html(document, options))


DOCUMENTS = {
    "an audit with everything": everything(),
    "a report of three clusters": a_report(),
    "an audit that found nothing": an_audit(),
    "an audit written by an attacker": hostile(),
    "a report of no cluster": msgspec.structs.replace(a_report(), audits=(), scopes=()),
    "more findings than are laid out at once": many(MOST_UNPACKED + 1),
}
each_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())


@each_document
def test_ids_are_unique_and_every_link_inside_the_page_has_its_end(document: Document) -> None:
    elements = page(document).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [str(attributes["href"]) for tag, attributes in elements if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    for name in ("aria-labelledby", "for"):
        named = " ".join(str(attributes[name]) for _, attributes in elements if name in attributes)
        assert set(named.split()) <= set(ids)


@each_document
def test_headings_leave_no_level_out(document: Document) -> None:
    levels = [int(tag[1]) for tag, _ in page(document).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))


@each_document
def test_the_policy_allows_this_style_and_this_script_and_nothing_else(document: Document) -> None:
    shown = page(document)
    (policy,) = (m["content"] for m in shown.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    directives = dict(each.split(" ", 1) for each in str(policy).split("; "))

    def hash_of(tag: str) -> str:
        return f"'sha256-{b64encode(sha256(shown.own[tag].encode()).digest()).decode()}'"

    assert directives == {
        "default-src": "'none'",
        "style-src": hash_of("style"),
        "script-src": hash_of("script"),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@each_document
def test_nothing_in_the_page_asks_for_anything(document: Document) -> None:
    shown = page(document)
    assert not {tag for tag, _ in shown.elements} & {"img", "link", "iframe", "object", "embed", "video", "base", "use"}
    for _, attributes in shown.elements:
        assert not {name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset"}}
    assert all(str(a["href"]).startswith(("#", "https://docs.aws.amazon.com/")) for a in shown.all("a"))
    assert not re.search(r"url\(|@import", shown.own["style"])
    assert not re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\beval\(", shown.own["script"])


def test_a_name_is_text_wherever_it_stands() -> None:
    shown = page(hostile())
    assert "<script>alert(1)</script>" in shown.text
    assert [tag for tag, _ in shown.elements].count("script") == 1
    assert HOSTILE not in shown.text  # its control and direction characters are gone


def test_an_address_of_a_baseline_that_is_none_of_the_web_is_no_link() -> None:
    text = write_html(everything(), ALL)
    assert "subnet-fixed" in text
    assert "javascript:" not in text


@each_document
def test_the_same_document_gives_the_same_bytes(document: Document) -> None:
    assert write_html(document, ALL) == write_html(document, RenderOptions(all=True, width=120, colour=True))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_networks_does_not_matter(seed: int) -> None:
    result = everything()
    networks = list(result.networks)
    random.Random(seed).shuffle(networks)  # noqa: S311
    assert write_html(msgspec.structs.replace(result, networks=tuple(networks)), ALL) == write_html(result, ALL)


@pytest.mark.parametrize(
    "said",
    [
        "2 of 5 services newly in trouble",
        "0 of 2 tasks running, tasks stop while pulling the image (8 times, last 23:09)",
        "CannotPullContainerError",
        "nat-0c3 (us-east-1b) failed: InsufficientFreeAddressesInSubnet",
        "FailureCode = InsufficientFreeAddressesInSubnet ec2:DescribeNatGateways",
        "aws ec2 create-nat-gateway --subnet-id subnet-0bb",
        "none proven; what could not be read may hold it",
        "NET004 rtb-0f6 has a default route to nat-0a1",
        "iam:SimulatePrincipalPolicy",
        "names are not used (until 2027-01-31)",
        "Control: own/NO-1",
        "expired expired after 2026-01-31; 1 finding no longer accepted",
        "unmatched matches nothing that fails",
        "undetermined matches nothing that is known to fail",
        "3 new, 1 remains, 1 fixed, 1 cannot be told",
        "acl-remaining",
        "cluster-undetermined",
        "2/2",
        "fingerprint",
        "42 calls",
    ],
)
def test_the_page_says(said: str) -> None:
    result = everything()
    collection = msgspec.structs.replace(result.collection, api_calls=42)
    text = page(msgspec.structs.replace(result, collection=collection)).text
    assert said in text


def test_a_cause_leads_to_its_finding() -> None:
    shown = page(everything())
    (anchor,) = {a["href"] for a in shown.all("a") if str(a["href"]).startswith("#NET006-")}
    assert str(anchor)[1:] in {d.get("id") for d in shown.all("details")}


def test_what_passed_is_listed_only_when_asked_for() -> None:
    without = page(in_trouble(), RenderOptions())
    assert "nat-0a1" not in {c for c in without.texts if c == "nat-0a1"}
    assert {d["data-status"] for d in page(in_trouble()).all("details") if "data-status" in d} == {
        "fail", "unknown", "waived", "pass",
    }  # fmt: skip
    assert "2 checks passed" in without.text


def test_findings_carry_what_the_filters_ask() -> None:
    shown = page(everything())
    services = {o["data-number"]: o["value"] for o in shown.all("option") if "data-number" in o}
    (agent,) = (d for d in shown.all("details") if str(d.get("id")).startswith("AGT001"))
    assert (agent["data-severity"], agent["data-status"], agent["data-area"]) == ("medium", "fail", "AGT")
    assert {services[number] for number in str(agent["data-services"]).split()} == {"web", "api"}


def test_the_same_fault_in_two_clusters_has_two_places() -> None:
    report = a_report()
    ids = [d["id"] for d in page(report).all("details") if "NET006" in str(d.get("id"))]
    assert len(ids) == len(set(ids)) >= 2


def test_a_report_lists_clusters_in_its_order_and_what_was_not_audited() -> None:
    text = page(a_report()).text
    assert "2 of 3 clusters fail, 1 not audited" in text
    overview = text.partition("Clusters, worst first")[2]
    places = [overview.index(name) for name in ("prod us-east-1", "staging eu-west-1", "sandbox us-east-1")]
    assert places == sorted(places)
    assert "ap-south-1 : no credentials there" in text.replace("ap-south-1:", "ap-south-1 :")


def test_a_report_against_a_baseline_says_what_it_leaves_out() -> None:
    counts = BaselineCounts(new=1, remaining=4, fixed=0, undetermined=2, added=("1/r/new",), left_out=("1/r/gone",))
    text = page(msgspec.structs.replace(a_report(), baseline=counts)).text
    assert "2 of 3 clusters have new faults" in text
    assert "1 new, 4 remain, 0 fixed, 2 cannot be told" in text
    assert "Not in the baseline, so that all is new: 1/r/new" in text
    assert "In the baseline, and not in this report: 1/r/gone" in text


def test_who_is_still_in_trouble_is_said_though_nothing_is_new() -> None:
    result = everything()
    assert result.baseline is not None
    left = msgspec.structs.replace(result.baseline, new=0, diagnoses=result.diagnoses)
    text = page(msgspec.structs.replace(result, diagnoses=(), findings=(), baseline=left)).text
    assert "In trouble then and now, from the same first cause: worker 0 of 2 tasks running" in text
    assert "Nothing new fails" in text


# Networks.


def pictured(*networks: ServiceNetwork) -> Page:
    return page(msgspec.structs.replace(in_trouble(), networks=networks))


def test_a_picture_shows_zones_gateways_and_the_hop_that_blocks() -> None:
    shown = pictured(WORKER_NETWORK)
    boxes = [str(g["class"]) for g in shown.all("g")]
    assert boxes.count("box deny") == 1
    assert boxes.count("box unknown") == 1
    assert boxes.count("box goal deny") == 1
    for said in ("us-east-1a", "10.0.1.0/24 · 2 tasks", "✗ NAT gateway · NET006", "internet, ecr.api", "vpce-0e1"):
        assert said in shown.text
    assert "Not read: ec2:SearchTransitGatewayRoutes" in shown.text


def test_who_cannot_see_a_picture_is_told_the_same() -> None:
    text = pictured(WORKER_NETWORK).text
    assert (
        "subnet-0aa reaches internet, ecr.api through NAT gateway nat-0a1, internet gateway igw-01. "
        "subnet-0aa reaches s3 through VPC endpoint vpce-0e1." in text
    )
    assert "subnet-0bb does not reach internet, ecr.api, which ends at NAT gateway nat-0c3." in text
    assert "subnet-0bb may or may not reach s3, which ends at transit gateway tgw-01." in text
    assert "✗ blocks NAT gateway nat-0c3 failed" in text


def test_a_reply_that_is_refused_is_where_the_picture_ends() -> None:
    way = flow("subnet-0aa", hop("nat_gateway", "nat-0a1"), hop("network_acl", "acl-0c4", "deny", "return", "rule 120"))
    text = pictured(a_network("api", path("internet", way))).text
    assert "✗ network ACL, reply" in text
    assert "acl-0c4: rule 120" in text


def test_networks_alike_are_drawn_once() -> None:
    shown = pictured(*(a_network(name, *WELL_NETWORK) for name in ("web", "cron", "mailer", "api")))
    assert len([s for s in shown.all("svg") if s.get("class") == "picture"]) == 1
    # api is in trouble, so it gives its name to the picture; the tasks of all are counted.
    assert "The same for 3 other services: cron, mailer, web" in shown.text
    assert "10.0.1.0/24 · 8 tasks" in shown.text


def test_a_network_that_differs_in_one_rule_is_drawn_for_itself() -> None:
    other = path("internet", flow("subnet-0aa", hop("nat_gateway", "nat-0b2")))
    shown = pictured(a_network("web", *WELL_NETWORK), a_network("cron", other))
    assert len([s for s in shown.all("svg") if s.get("class") == "picture"]) == 2


def test_services_in_trouble_are_drawn_first_then_those_with_a_way_blocked() -> None:
    blocked = a_network("web", path("internet", flow("subnet-0aa", hop("network_acl", "acl-0c4", "deny"))))
    well = a_network("cron", *WELL_NETWORK)
    trouble = a_network("worker", path("internet", flow("subnet-0aa", hop("nat_gateway", "nat-0a1"))))
    shown = pictured(well, blocked, trouble)
    headings = re.findall(r"Network of (\w+)", " ".join(t for t in shown.texts if t.startswith("Network of")))
    assert headings == ["worker", "web", "cron"]


def test_of_very_many_networks_some_are_drawn_and_the_others_named() -> None:
    networks = (
        a_network(f"s{n:03d}", path("internet", flow("subnet-0aa", hop("nat_gateway", f"nat-{n}"))))
        for n in range(MOST_PICTURES + 2)
    )
    shown = pictured(*networks)
    assert len([s for s in shown.all("svg") if s.get("class") == "picture"]) == MOST_PICTURES
    assert "2 more networks not drawn" in shown.text
    assert f"Left out: s{MOST_PICTURES}; s{MOST_PICTURES + 1}." in shown.text


def test_the_clusters_of_a_report_share_the_room_for_pictures() -> None:
    networks = tuple(
        a_network(f"s{n:03d}", path("internet", flow("subnet-0aa", hop("nat_gateway", f"nat-{n}"))))
        for n in range(MOST_PICTURES - 1)
    )
    audits = tuple(
        in_cluster(msgspec.structs.replace(in_trouble(), networks=networks), name, "us-east-1") for name in ("a", "b")
    )
    whole = a_report()
    shown = page(msgspec.structs.replace(whole, audits=audits, scopes=whole.scopes[:2]))
    assert len([s for s in shown.all("svg") if s.get("class") == "picture"]) == MOST_PICTURES
    assert f"{MOST_PICTURES - 2} more networks not drawn" in shown.text


def test_one_service_in_depth_shows_its_paths_as_a_picture() -> None:
    members = msgspec.structs.asdict(in_trouble())
    result = ServiceAudit(**members, paths=WORKER_NETWORK.paths)
    assert "Network of api" in page(result).text


def test_a_hostile_name_in_a_picture_is_text() -> None:
    evil = "</text><script>alert(1)</script>"
    shown = pictured(a_network(evil, path(evil, flow(evil, hop("nat_gateway", evil, "deny", detail=evil)))))
    assert [tag for tag, _ in shown.elements].count("script") == 1
    assert evil in shown.text


# Many findings.


def test_of_many_findings_all_are_in_the_page_for_a_browser_without_scripts() -> None:
    few, more = page(many(MOST_UNPACKED)), page(many(MOST_UNPACKED + 1))
    assert not few.all("noscript")
    assert len(more.all("noscript")) == MOST_UNPACKED + 1
    assert more.text.count("Mend it.") == MOST_UNPACKED + 1
    assert f"acl-{MOST_UNPACKED:04d}" in more.text


def test_clusters_of_one_name_are_told_apart() -> None:
    audits = (in_cluster(everything(), "prod", "eu-west-1"), everything())
    report = msgspec.structs.replace(a_report(), audits=audits, scopes=a_report().scopes[:1] * 2)
    values = [str(o["value"]) for o in page(report).all("option")]
    assert "123456789012/eu-west-1/prod" in values
    assert "123456789012/us-east-1/prod" in values
