"""The least-privilege IAM policy, derived from the declared operations."""

import json
from collections.abc import Iterable

from awsvpc_audit.collectors.operation import Operation
from awsvpc_audit.collectors.operations import OPERATIONS


def policy_document(operations: Iterable[Operation] = OPERATIONS) -> str:
    """The policy as JSON: one statement for each service, read actions alone.

    Resources are `*`: most of these actions do not support resource-level permissions, and a cluster's VPCs are not
    known before they are read. `sts:GetCallerIdentity` needs no permission and is left out.
    Source: the service authorization reference of each service.
    """
    by_service: dict[str, set[str]] = {}
    for operation in operations:
        service = operation.action.partition(":")[0]
        if service != "sts":
            by_service.setdefault(service, set()).add(operation.action)
    statements = [
        {"Sid": f"AwsvpcAudit{service.capitalize()}", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
        for service, actions in sorted(by_service.items())
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)
