"""SVC004."""

import contextlib
from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.trunking import setting_evidence, trunking_enabled_for
from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import hosts
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


def windows_hosts(context: Context) -> Iterator[Host]:
    """Windows container instances, where an awsvpc workload on Amazon EC2 runs Windows or may do so."""
    with contextlib.suppress(NotCollectedError):
        if not windows_workloads(context):
            return
    for host in hosts(context):
        if host.is_windows:
            yield host


def windows_workloads(context: Context) -> list[Workload]:
    """The awsvpc workloads with Windows tasks on Amazon EC2.

    Raises:
        NotCollectedError: the operating system of one was not read.
    """
    on_ec2 = (w for w in context.workloads if w.compute in {Compute.EC2, None})
    return [workload for workload in on_ec2 if is_windows(workload, context.cluster)]


@check(
    id="SVC004",
    title="ENI trunking is on, but Windows instances cannot use it",
    severity=Severity.INFO,
    resource="instance",
    source="doc",
    statements=("S32", "S35"),
    symptoms=("place.eni",),
    proof=(
        "ecs:ListAccountSettings settings[awsvpcTrunking].value",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
        "iam:GetInstanceProfile Roles[].Arn",
    ),
    fix=(
        "Reckon with the instance type's ENI limit less one as the number of awsvpc tasks on a Windows instance; "
        "use a type with more ENIs, or more instances."
    ),
    commands=(
        (
            "aws ec2 describe-instance-types --filters Name=network-info.maximum-network-interfaces,Values=8,15 "
            "--query 'InstanceTypes[].[InstanceType,NetworkInfo.MaximumNetworkInterfaces]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/container-instance-eni.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
    ),
    subjects=windows_hosts,
)
def windows_trunking(host: Host, context: Context) -> Iterator[Fault]:
    """AWS does not support ENI trunking on Windows: the setting changes nothing there.

    The account setting `awsvpcTrunking` is on, and the cluster runs Windows tasks in awsvpc mode. This Windows instance
    has no trunk and will have none: it takes one awsvpc task for each ENI of its type beside the primary one.

    ## Why it happens
    The setting was turned on for Linux instances, or in the hope that it helps the Windows ones.

    ## What it cannot see
    Whether anybody counts on a trunk here. Nothing is broken as long as the tasks fit (see ENI001).
    """
    with contextlib.suppress(NotCollectedError):
        if not _windows_workloads_of(host, context):
            return
    row = trunking_enabled_for(host, context.cluster)
    if row is None:
        return
    workloads = _windows_workloads_of(host, context)
    instance_type = host.container_instance.attribute("ecs.instance-type")
    yield Fault(
        detail=(
            f"{host.id}{f' ({instance_type})' if instance_type else ''} runs Windows: "
            f"awsvpcTrunking is {row.value}, and has no effect on it"
        ),
        evidence=(
            setting_evidence(row),
            proof_of(
                "ecs:DescribeContainerInstances",
                host.id,
                "attributes[ecs.os-type]",
                host.container_instance.attribute("ecs.os-type"),
            ),
        ),
        affected=tuple(workload.ref for workload in workloads),
    )


def _windows_workloads_of(host: Host, context: Context) -> list[Workload]:
    """Those whose tasks may be placed on the host: tasks of a capacity provider go to its own instances only."""
    provider = host.container_instance.capacity_provider_name
    return [w for w in windows_workloads(context) if not w.capacity_providers or provider in w.capacity_providers]
