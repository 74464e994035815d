"""ENI004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.outlook import Standing
from awsvpc_audit.analyzers.capacity.trunking import (
    LIST_SETTINGS,
    SETTING,
    TrunkingSettings,
    setting_evidence,
    supports_trunking,
    trunking_enabled_for,
)
from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.checks.eni.no_free_task_eni import bound_by_eni, require_known_beside_eni
from awsvpc_audit.facts.eni_limits import TRUNKING_PAGE, eni_limits_of
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="ENI004",
    title="Trunking is off, task-ENI slots are short, and the instance types support it",
    severity=Severity.MEDIUM,
    resource="account_setting",
    source="doc",
    statements=("S9", "S16"),
    symptoms=("place.eni",),
    proof=(
        "ecs:ListAccountSettings settings[awsvpcTrunking].value",
        "ecs:DescribeContainerInstances attributes[ecs.instance-type]",
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
        "ec2:DescribeInstanceTypes NetworkInfo.MaximumNetworkInterfaces",
        "ec2:DescribeInstances NetworkInterfaces",
    ),
    fix=(
        "Enable awsvpcTrunking for the account (or for the role of the container instances), then replace the "
        "instances: only those that register afterwards get a trunk."
    ),
    commands=("aws ecs put-account-setting-default --name awsvpcTrunking --value enabled",),
    references=(f"{DOCS_URL}/container-instance-eni.html", TRUNKING_PAGE),
    controls=("wellarchitected/REL01-BP03",),
    subjects=ec2_workloads,
)
def trunking_disabled(workload: Workload, context: Context) -> Iterator[Fault]:
    """With ENI trunking an instance gets a trunk, and tasks get branch ENIs on it: many more than the type has ENIs.

    Tasks wait for a slot on instances whose type AWS lists for trunking, and the setting is off.

    ## Why it happens
    The setting is off until somebody turns it on, in each Region anew.

    ## What it cannot see
    The instance role's own setting, where the caller may not read it: then the account's default is taken for it.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None:
        return
    able = [s for s in bound_by_eni(outlook) if _could_have_trunk(s)]
    if not able:
        if any(_could_have_trunk(s) or s.candidate.instance_type is None for s in outlook.standings):
            outlook.require_no_open()
            require_known_beside_eni(outlook)
        return
    settings = TrunkingSettings(context.scope)
    settings.require()
    rows = {row.container_instance_arn: row for row in context.cluster.container_instances}
    without = [
        s for s in able if trunking_enabled_for(Host(rows[s.candidate.container_instance_arn]), context.cluster) is None
    ]
    if not without:
        return
    row = settings.account_default or settings.of_caller
    if row is None:
        # No row proves nothing: the settings may have been listed without the effective ones.
        raise NotCollectedError((LIST_SETTINGS,))
    yield Fault(
        detail=f"{SETTING} is {row.value}; {waits(outlook)}, and {', '.join(_gain(s) for s in without)}",
        evidence=(
            setting_evidence(row),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    s.candidate.id,
                    "attributes[ecs.instance-type]",
                    s.candidate.instance_type,
                )
                for s in without
            ),
            *waiting_evidence(workload),
        ),
        resource=ResourceRef(type="account_setting", id=SETTING),
        affected=(workload.ref,),
        values=command_values(context, workload),
    )


def _could_have_trunk(standing: Standing) -> bool:
    candidate = standing.candidate
    kind = candidate.instance_type
    return bool(kind and not candidate.is_windows and not candidate.slots.has_trunk and supports_trunking(kind))


def _gain(standing: Standing) -> str:
    candidate = standing.candidate
    limits = eni_limits_of(candidate.instance_type or "")
    tasks = limits.tasks_with_trunk if limits else None
    return f"{candidate.label()} would run {tasks} tasks with a trunk instead of {candidate.slots.task_slots}"
