"""What holds for every answer, whatever it is about. `World.audit` and `path` of the path engine's tests assert it.

A test looks at what its story is about; this looks at the rest: words of the contract, ids, and evidence that names an
operation and a member that there are.
"""

import re
import typing
from functools import cache

import msgspec

from awsvpc_audit.analyzers.reachability.trace import Outcome
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.findings import AuditResult, Evidence, Finding, PathDocument, ResourceRef
from awsvpc_audit.model import tables

HOP_KINDS = frozenset(
    {
        *("security_group", "network_acl", "route_table", "nat_gateway", "internet_gateway"),
        *("egress_only_internet_gateway", "vpc_endpoint", "vpc_peering_connection", "transit_gateway"),
        *("subnet", "eni", "vpc", "dns", "firewall"),
        *("vpn_gateway", "local_gateway", "carrier_gateway", "core_network"),
    }
)
"""The contract's words, and those for what a route leads to and nobody can see into."""

OPERATIONS = {spec.operation: spec for spec in tables.TABLES}
CHECKS = {check.id: check for check in ALL_CHECKS}


def assert_path(document: PathDocument) -> None:
    """A path as the contract has it: words, ids, and why, for every hop."""
    assert msgspec.convert(msgspec.to_builtins(document), PathDocument) == document
    assert set(document.missing) <= set(OPERATIONS), document.missing
    for flow in document.flows:
        for hop in flow.hops:
            assert hop.kind in HOP_KINDS, hop
            assert hop.id, hop
            assert_text(hop.detail)
        if flow.blocked_by is not None:
            assert flow.blocked_by.check_id in CHECKS, flow.blocked_by
            assert_resource(flow.blocked_by.resource)


def assert_outcome(outcome: Outcome) -> None:
    """What the path engine answers itself: a block with its reason and its proof, hops in the contract's words."""
    for hop in outcome.hops:
        assert hop.kind in HOP_KINDS, hop
    for ref in (*outcome.opaque, *outcome.through):
        assert_resource(ref)
    if outcome.block is not None:
        assert outcome.block.check_id is None or outcome.block.check_id in CHECKS, outcome.block
        assert_resource(outcome.block.resource)
        assert_text(outcome.block.reason)
        assert outcome.block.evidence, outcome.block
        for evidence in outcome.block.evidence:
            assert_evidence(evidence)


def assert_audit(result: AuditResult) -> None:
    """Findings as the contract has them, with proof that can be looked up."""
    assert msgspec.convert(msgspec.to_builtins(result), AuditResult) == result
    for finding in result.findings:
        assert_finding(finding)


def assert_finding(finding: Finding) -> None:
    """One finding: of a check that there is, of a resource, with its proof."""
    assert finding.check_id in CHECKS, finding
    assert_resource(finding.resource)
    for evidence in finding.evidence:
        assert_evidence(evidence)


def assert_resource(resource: ResourceRef) -> None:
    """A type in the catalogue's spelling, and an id."""
    assert re.fullmatch(r"[a-z0-9_]+", resource.type), resource
    assert resource.id, resource


def assert_evidence(evidence: Evidence) -> None:
    """It names an operation that is read, a resource, and a member of what that operation answers."""
    assert evidence.operation in OPERATIONS, evidence
    assert evidence.resource, evidence
    # `length(subnets)`, `EvalDecision of …`, `Routes[0.0.0.0/0].State`; of a recorded call, a member of the event.
    member = re.match(r"(?:length\()?(\w+)", evidence.field)
    assert member, evidence
    if evidence.operation == "cloudtrail:LookupEvents":
        return
    assert member[1] in members(evidence.operation), evidence


def assert_text(text: str) -> None:
    """Words, and no value that is missing in them."""
    assert text, "no text"
    assert "None" not in text, text


@cache
def members(operation: str) -> frozenset[str]:
    """The members of an entry of what an operation answers, as AWS spells them, and of the answer the list itself."""
    spec = OPERATIONS[operation]
    shapes = [spec.row]
    if spec.flatten is not None:
        shapes += [inner for field in msgspec.structs.fields(spec.row) for inner in typing.get_args(field.type)[:1]]
    named = {
        field.encode_name
        for shape in shapes
        if hasattr(shape, "__struct_fields__")
        for field in msgspec.structs.fields(shape)
    }
    return frozenset({spec.result_key, *named})
