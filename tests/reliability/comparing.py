"""What an audit with a gap may say, compared with the audit of the same account without one."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
Ref = tuple[str, str]

AUDITED = {0, 1}
"""Exit codes of a run that came to an end."""


def ref(resource: dict[str, Any]) -> Ref:
    return resource["type"], resource["id"]


def of_status(document: Document, status: str) -> dict[tuple[str, Ref], dict[str, Any]]:
    """Findings by check and resource."""
    return {(f["check_id"], ref(f["resource"])): f for f in document["findings"] if f["status"] == status}


def faults_of(whole: Document, partial: Document) -> list[str]:
    """What a partial audit says wrongly; empty where it is honest.

    - what failed still fails, or the same check is unknown for it, for somebody it affects, or for the cluster (all
      that affects launchers alone also where SVC011, whose subjects they are, is unknown for the cluster);
    - nothing fails that did not;
    - no cause is confirmed that was not;
    - whoever was in trouble is still, or something is unknown;
    - the verdict is not `pass`.
    """
    return [*_lost(whole, partial), *_invented(whole, partial), *_diagnosed(whole, partial)]


def _lost(whole: Document, partial: Document) -> Iterator[str]:
    failing, passing = of_status(partial, "fail"), of_status(partial, "pass")
    unknown: dict[str, set[Ref]] = {}
    for (check_id, resource), finding in of_status(partial, "unknown").items():
        about = unknown.setdefault(check_id, set())
        about.add(resource)
        about.update(map(ref, finding["affected"]))
    cluster = ("cluster", whole["scope"]["cluster"])
    launchers_unknown = cluster in unknown.get("SVC011", set())
    for (check_id, resource), finding in of_status(whole, "fail").items():
        about = unknown.get(check_id, set())
        affected = set(map(ref, finding["affected"]))
        if launchers_unknown:
            affected = {each for each in affected if each[0] != "launcher"}
            if (not affected and finding["affected"]) or resource[0] == "launcher":
                continue
        still = set(map(ref, failing.get((check_id, resource), {}).get("affected", ())))
        if (check_id, resource) in failing:
            for gone in affected - still - about if cluster not in about and resource not in about else ():
                yield f"{check_id} {resource} still fails, no longer for {gone}, and nothing says that it is unknown"
        elif (check_id, resource) in passing:
            yield f"{check_id} {resource} failed, and passes"
        elif not about & {resource, cluster, *affected}:
            yield f"{check_id} {resource} failed, and nothing says that it is unknown"


def _invented(whole: Document, partial: Document) -> Iterator[str]:
    for key in of_status(partial, "fail").keys() - of_status(whole, "fail").keys():
        yield f"{key[0]} {key[1]} fails, and did not with everything read"
    if partial["summary"]["verdict"] == "pass":
        yield "the verdict is pass"


def _causes(document: Document, confidence: str) -> dict[Ref, set[tuple[str, Ref]]]:
    return {
        ref(each["subject"]): {
            (cause["check_id"], ref(cause["resource"])) for cause in each["causes"] if cause["confidence"] == confidence
        }
        for each in document["diagnoses"]
    }


def _diagnosed(whole: Document, partial: Document) -> Iterator[str]:
    before, after = _causes(whole, "confirmed"), _causes(partial, "confirmed")
    for subject, causes in after.items():
        for cause in causes - before.get(subject, set()):
            yield f"{subject} has the confirmed cause {cause}, which it had not with everything read"
    if before.keys() - after.keys() and not of_status(partial, "unknown"):
        yield f"{before.keys() - after.keys()} are no longer in trouble, and nothing is unknown"
