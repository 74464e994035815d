"""END010."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END010",
    title="Private hosted zone for a central endpoint is misnamed or incomplete",
    severity=Severity.CRITICAL,
    resource="hosted_zone",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "route53:ListResourceRecordSets Name",
        *TRACED,
    ),
    fix=(
        "Name the zone after what clients ask for (api.ecr.…, dkr.ecr.… with a record for *, ecs-a.…, ecs-t.…) "
        "and give it a record for the endpoint."
    ),
    commands=("aws route53 list-resource-record-sets --hosted-zone-id {hosted_zone_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
        "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html",
    ),
    subjects=awsvpc_workloads,
)
def private_zone_misnamed(workload: Workload, context: Context) -> Iterator[Fault]:
    """A private hosted zone was meant to lead a service's name to an endpoint elsewhere.

    This VPC has none. The zone has another name than clients ask for, so the name resolves to public addresses, which
    cannot be reached; or it has no record for the name, and Amazon's resolver asks nobody else.

    ## Why it happens
    The endpoint service is called `ecr.api`, and clients ask for `api.ecr`; registries are below `dkr.ecr`, one
    name for each account, so the record must be a wildcard; the agent asks for `ecs-a` and `ecs-t`.

    ## What it cannot see
    Zones that were not read, resolver rules, and whether a zone falls back to public DNS. Where public addresses would
    be reached, a zone without the record leaves the path `unknown`.
    """
    yield from faults("END010", workload, context)
