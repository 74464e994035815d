"""What the checks on configured subnets and security groups share."""

from collections.abc import Iterable
from typing import Any

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, proof_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model.tables import TableSpec


def is_in_another_scope(spec: TableSpec[Any], resource_id: str, context: Context) -> bool:
    """Whether another account of the snapshot has the resource: the owner of a shared VPC shows what is in it."""
    return any(scope.table(spec).peek(resource_id) is not None for scope in context.model.scopes)


def proof_of_naming(workload: Workload, member: str, resource_id: str) -> Evidence:
    """Evidence that a workload names a subnet (`subnets`) or a security group (`securityGroups`).

    A standalone task does not keep its awsvpcConfiguration: the attachment of its ENI shows the subnet, and where
    CloudTrail was read, the call that launched it shows all of it.
    """
    if workload.service is not None:
        field = f"networkConfiguration.awsvpcConfiguration.{member}"
        return proof_of("ecs:DescribeServices", workload.name, field, resource_id)
    if workload.launch is not None:
        # Launchers spell the members of an awsvpcConfiguration in PascalCase.
        field = f"{workload.launch.path}.{member[0].upper()}{member[1:]}"
        return proof_of(workload.launch.operation, workload.name, field, resource_id)
    call = workload.recorded
    if call is not None and resource_id in (*call.subnets, *call.security_groups):
        field = f"{call.call} requestParameters.networkConfiguration.awsvpcConfiguration.{member}"
        return proof_of("cloudtrail:LookupEvents", workload.name, field, resource_id)
    return proof_of("ecs:DescribeTasks", workload.name, "attachments[].details[subnetId]", resource_id)


def update_command_values(
    workloads: Iterable[Workload], cluster: str, *, subnets: frozenset[str], groups: frozenset[str]
) -> dict[str, str]:
    """Values for `aws ecs update-service` with the first service's awsvpcConfiguration, less what is gone.

    Args:
        workloads: those that name what is gone.
        cluster: the cluster's name.
        subnets: ids of the subnets to leave out.
        groups: ids of the security groups to leave out.

    Returns:
        `cluster`, `service` and `network_configuration`; empty where no service names it, or nothing would remain.
    """
    for workload in workloads:
        kept_subnets = [subnet for subnet in workload.subnets if subnet not in subnets]
        kept_groups = [group for group in workload.security_groups if group not in groups]
        if workload.service is None or not kept_subnets or (groups and not kept_groups):
            continue
        members = [f"subnets=[{','.join(kept_subnets)}]"]
        if kept_groups:
            members.append(f"securityGroups=[{','.join(kept_groups)}]")
        members.append(f"assignPublicIp={'ENABLED' if workload.assign_public_ip else 'DISABLED'}")
        return {
            "cluster": cluster,
            "service": workload.name,
            "network_configuration": f"awsvpcConfiguration={{{','.join(members)}}}",
        }
    return {}


UPDATE_SERVICE = (
    "aws ecs update-service --cluster {cluster} --service {service} --network-configuration {network_configuration}"
)
"""The command that `update_command_values` fills."""
