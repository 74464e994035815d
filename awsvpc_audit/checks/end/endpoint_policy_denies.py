"""END007."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.iam_policy import Answer, Decision, Is, IsNot, KeyValue, Request, evaluate
from awsvpc_audit.analyzers.permissions import Permission, permissions_of
from awsvpc_audit.analyzers.starting import role_arn
from awsvpc_audit.analyzers.symptoms import symptoms_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import ec2
from awsvpc_audit.model.gaps import NotCollectedError

_ENDPOINTS = "ec2:DescribeVpcEndpoints"


@check(
    id="END007",
    title="The endpoint's policy denies what the start of a task needs",
    severity=Severity.HIGH,
    resource="vpc_endpoint",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeVpcEndpoints PolicyDocument",
        "ecs:DescribeTaskDefinition containerDefinitions[]",
        *TRACED,
    ),
    fix=(
        "Allow the action on the resource in the endpoint's policy. The bucket with the image layers belongs to AWS: "
        "allow s3:GetObject on it to everybody, without conditions on the account or the organization."
    ),
    commands=(
        "aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {vpc_endpoint_id} --query VpcEndpoints[].PolicyDocument",
        "aws ec2 modify-vpc-endpoint --vpc-endpoint-id {vpc_endpoint_id} --reset-policy",
    ),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
    subjects=awsvpc_workloads,
)
def endpoint_policy_denies(workload: Workload, context: Context) -> Iterator[Fault]:
    """The call reaches the endpoint, and the endpoint's own policy refuses it with `AccessDenied` or 403.

    Permissions of the role are no help: both must allow the call. Judged is what a task needs to start: the registry's
    token, manifests and layers of the image, the log group, each secret and parameter, environment files.

    ## Why it happens
    The policy was narrowed to the buckets, repositories or secrets that somebody knew of. Image layers are in a bucket
    of AWS (`prod-<region>-starport-layer-bucket`), fetched by URLs that ECR signs: a policy that demands one's own
    account or organization refuses them.

    ## What it cannot see
    Conditions on what shows only in the request itself (addresses, tags, sessions): such a statement decides nothing
    here. What the application calls once it runs.
    """
    scope = context.scope
    answers = [answer for answer in paths(context).services(workload) if answer.destination]
    definition = context.cluster.task_definition(workload)
    if definition is None:
        return
    for permission in permissions_of(definition, scope):
        if permission.region != scope.region:
            continue
        used: dict[str, None] = {}
        for answer in answers:
            if answer.destination == permission.service:
                if _ENDPOINTS in answer.missing or answer.gap:
                    raise NotCollectedError(answer.missing)
                used |= dict.fromkeys(ref.id for ref in answer.outcome.through if ref.type == "vpc_endpoint")
        for endpoint_id in used:
            endpoint = next(
                (e for s in context.model.scopes if (e := s.vpc_endpoints.peek(endpoint_id)) is not None), None
            )
            if endpoint is not None:
                yield from _judged(endpoint, permission, workload, context)


def _judged(endpoint: ec2.VpcEndpoint, permission: Permission, workload: Workload, context: Context) -> Iterator[Fault]:
    if not endpoint.policy_document:
        return  # without a policy of its own an endpoint has the default one, which allows everything
    definition = context.cluster.task_definition(workload)
    role = definition.execution_role_arn if definition else None
    keys = _keys(endpoint, permission, context)
    principal = None
    if role and not permission.is_presigned and not (permission.by_host and workload.compute is Compute.EC2):
        principal = role_arn(role, context.scope.partition, context.scope.account)
        keys["aws:principalarn"] = Is(principal)
    undecided = False
    for action in permission.actions:
        request = Request(action=action, resource=permission.resource, principal=principal, keys=keys)
        decision = evaluate(endpoint.policy_document, request)
        if decision.answer is Answer.DENIED:
            yield _fault(endpoint, permission, action, decision, workload)
            return
        undecided = undecided or decision.answer is Answer.UNDECIDED
    if undecided and _is_refused(workload, permission, context):
        # Its text was read and leaves it open; whether the role may do it at all is what remains to be asked.
        raise NotCollectedError(("iam:SimulatePrincipalPolicy",), "a condition of the endpoint's policy")


def _keys(endpoint: ec2.VpcEndpoint, permission: Permission, context: Context) -> dict[str, KeyValue]:
    """What is known of the request's condition keys.

    Layers of images lie in a bucket of an AWS account, and the URLs to them are signed there.
    """
    account = context.scope.account
    keys: dict[str, KeyValue] = {"aws:securetransport": Is("true"), "aws:sourcevpce": Is(endpoint.vpc_endpoint_id)}
    if endpoint.vpc_id:
        keys["aws:sourcevpc"] = Is(endpoint.vpc_id)
    if permission.is_presigned:
        keys["aws:resourceaccount"] = keys["s3:resourceaccount"] = IsNot(frozenset({account}))
        keys["aws:principalaccount"] = IsNot(frozenset({account}))
        keys["aws:resourceorgid"] = keys["aws:principalorgid"] = IsNot()
    else:
        keys["aws:principalaccount"] = Is(account)
    return keys


def _is_refused(workload: Workload, permission: Permission, context: Context) -> bool:
    """Whether tasks of the workload say that such a call was refused: then what is not known matters."""
    symptoms = context.once("symptoms", lambda: symptoms_of(context.cluster)).get(
        (workload.ref.type, workload.name), ()
    )
    return any(
        symptom.code in permission.symptoms
        and any(r.signal is not None and r.signal.name in {"permission", "refused"} for r in symptom.readings)
        for symptom in symptoms
    )


def _fault(
    endpoint: ec2.VpcEndpoint, permission: Permission, action: str, decision: Decision, workload: Workload
) -> Fault:
    resource = permission.resource.removesuffix("/layer") + "/*" if permission.is_presigned else permission.resource
    by = f"denies (by {decision.by})" if decision.by else "does not allow"
    service = (endpoint.service_name or permission.service).rpartition(".")[2]
    return Fault(
        detail=(
            f"The policy of {endpoint.vpc_endpoint_id} ({service}) {by} {action} on {resource}, "
            f"which tasks of {workload.name} need"
        ),
        evidence=(
            proof_of(_ENDPOINTS, endpoint.vpc_endpoint_id, "PolicyDocument", endpoint.policy_document),
            proof_of("ecs:DescribeTaskDefinition", workload.name, permission.field, permission.value),
        ),
        resource=ResourceRef(type="vpc_endpoint", id=endpoint.vpc_endpoint_id),
        affected=(workload.ref,),
        values={"vpc_endpoint_id": endpoint.vpc_endpoint_id},
    )
