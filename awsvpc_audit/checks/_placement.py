"""The question that every placement check asks: where could the next task of a service that is short of tasks go."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.candidate import Candidate, candidates_of
from awsvpc_audit.analyzers.capacity.demand import unplaced_tasks
from awsvpc_audit.analyzers.capacity.eligibility import Code
from awsvpc_audit.analyzers.capacity.outlook import Outlook, Standing, outlook_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import Context, Fault, proof_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.report_text import counted  # placeholder


def ec2_workloads(context: Context) -> Iterator[Workload]:
    """The awsvpc workloads on EC2; one whose compute is not known is unknown where it is short of tasks."""
