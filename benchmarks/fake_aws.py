"""An AWS that answers from a made-up account, strict about pages and batches, with a delay where wanted.

It stands where the HTTP connection would: botocore builds, signs and parses as ever. Limits are those of the API
references, written here anew and not taken from the program's declarations: a page or batch that is too large is
refused, one that is too small shows in the number of calls.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import synthetic
import wire
from botocore.awsrequest import AWSResponse

from awsvpc_audit.collectors.session import Session, SessionOptions

Params = dict[str, Any]
FILTER_VALUES = 200
SERVICES = (
    *("sts", "iam", "ecs", "ec2", "elbv2", "autoscaling", "route53", "efs", "ecr", "events", "scheduler"),
    *("stepfunctions", "logs", "secretsmanager", "ssm"),
)

EC2_RESULTS = {
    "DescribeEgressOnlyInternetGateways": ("EgressOnlyInternetGateways", 255),
    "DescribeDhcpOptions": ("DhcpOptions", 1000),
    "DescribeInstances": ("Reservations", 1000),
    "DescribeInstanceTypes": ("InstanceTypes", 100),
    "DescribeInternetGateways": ("InternetGateways", 1000),
    "DescribeManagedPrefixLists": ("PrefixLists", 100),
    "DescribeNatGateways": ("NatGateways", 1000),
    "DescribeNetworkAcls": ("NetworkAcls", 1000),
    "DescribeNetworkInterfaces": ("NetworkInterfaces", 1000),
    "DescribeRouteTables": ("RouteTables", 100),
    "DescribeSecurityGroups": ("SecurityGroups", 1000),
    "DescribeSubnets": ("Subnets", 1000),
    "DescribeVpcEndpoints": ("VpcEndpoints", 1000),
    "DescribeVpcPeeringConnections": ("VpcPeeringConnections", 1000),
    "DescribeVpcs": ("Vpcs", 1000),
}
"""Key of the result, and the largest page."""

FILTERS: dict[str, Callable[[dict[str, Any]], Iterable[Any]]] = {
    "attachment.vpc-id": lambda row: [each["VpcId"] for each in row["Attachments"]],
    "dhcp-options-id": lambda row: [row["DhcpOptionsId"]],
    "group-id": lambda row: [row["GroupId"]],
    "instance-id": lambda row: [row["Instances"][0]["InstanceId"]],
    "instance-type": lambda row: [row["InstanceType"]],
    "prefix-list-id": lambda row: [row["PrefixListId"]],
    "subnet-id": lambda row: [row["SubnetId"]],
    "vpc-id": lambda row: [row["VpcId"]],
}


class RefusedError(Exception):
    """A call that AWS would refuse."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was made: what, with what, and the order in which its answer came."""

    service: str
    operation: str
    params: Params
    body: bytes
    model: Any

    @property
    def name(self) -> str:
        return f"{self.service}:{self.operation}"


class FakeAws:
    """Answers, counts and remembers."""

    def __init__(self, account: synthetic.Account, *, delay: float = 0.0, remember: bool = False) -> None:
        self.account = account
        self.delay = delay
        self.remember = remember
        self.calls: Counter[str] = Counter()
        self.made: list[Call] = []
        self._params = threading.local()
        self._lock = threading.Lock()
        self._bodies: dict[tuple[str, str], bytes] = {}

    def session(self) -> Session:
        """A session of the program's own, with this AWS behind it."""
        session = Session(SessionOptions(region=synthetic.REGION))
        for service in SERVICES:
            self.stand_behind(service, session.client(service))
        return session

    def stand_behind(self, service: str, client: Any) -> None:
        """Answer a client's calls in place of the network."""

        def note(params: Params, **_: Any) -> None:
            self._params.value = dict(params)

        def send(request: Any, **_: Any) -> AWSResponse:
            operation = self._params.model.name
            return self._send(service, operation, self._params.model, self._params.value, request.url)

        def note_model(model: Any, **_: Any) -> None:
            self._params.model = model

        client.meta.events.register("provide-client-params", note)
        client.meta.events.register("before-call", note_model)
        client.meta.events.register("before-send", send)

    def _send(self, service: str, operation: str, model: Any, params: Params, url: str) -> AWSResponse:
        if self.delay:
            time.sleep(self.delay)
        key = (f"{service}:{operation}", repr(sorted(params.items())))
        body = self._bodies.get(key)
        if body is None:
            body = self._bodies[key] = wire.body_of(model, self.answer(service, operation, params))
        with self._lock:
            self.calls[key[0]] += 1
            if self.remember:
                self.made.append(Call(service, operation, params, body, model))
        return AWSResponse(url, 200, {"x-amzn-RequestId": wire.REQUEST_ID}, _Raw(body))

    def answer(self, service: str, operation: str, params: Params) -> dict[str, Any]:
        """The result of one call.

        Raises:
            RefusedError: AWS would not answer that.
        """
        if service == "ec2" and operation in EC2_RESULTS:
            return self._ec2(operation, params)
        method = getattr(self, f"_{service}_{operation}", None)
        if method is None:
            raise RefusedError(f"the fake AWS of the benchmarks has no {service}:{operation}")
        answer: dict[str, Any] = method(params)
        return answer

    @staticmethod
    def _page(
        rows: list[Any], params: Params, key: str, token: str, limit: str, largest: int, later: str | None = None
    ) -> dict[str, Any]:
        size = params.get(limit, largest)
        if not 1 <= size <= largest:
            raise RefusedError(f"{limit}={size}: at most {largest}")
        start = int(params.get(token, 0))
        page: dict[str, Any] = {key: rows[start : start + size]}
        if start + size < len(rows):
            page[later or token] = str(start + size)
        return page

    def _ec2(self, operation: str, params: Params) -> dict[str, Any]:
        key, largest = EC2_RESULTS[operation]
        rows = self.account.of(f"ec2:{operation}")
        for each in params.get("Filters") or params.get("Filter") or []:
            if len(each["Values"]) > FILTER_VALUES:
                raise RefusedError(f"{operation}: {len(each['Values'])} values in a filter")
            values, members = set(each["Values"]), FILTERS[each["Name"]]
            rows = [row for row in rows if not values.isdisjoint(members(row))]
        return self._page(rows, params, key, "NextToken", "MaxResults", largest)

    def _ec2_DescribeVpcAttribute(self, params: Params) -> dict[str, Any]:  # noqa: N802 - AWS's own name
        row = self.account.keyed("ec2:DescribeVpcAttribute", "VpcId")[params["VpcId"]]
        name = params["Attribute"][0].upper() + params["Attribute"][1:]
        return {"VpcId": row["VpcId"], name: row[name]}

    def _elbv2(self, operation: str, key: str, params: Params) -> dict[str, Any]:
        return self._page(
            self.account.of(f"elbv2:{operation}"), params, key, "Marker", "PageSize", 400, later="NextMarker"
        )

    def _elbv2_DescribeTargetGroups(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self._elbv2("DescribeTargetGroups", "TargetGroups", params)

    def _elbv2_DescribeLoadBalancers(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self._elbv2("DescribeLoadBalancers", "LoadBalancers", params)

    def _ec2_GetManagedPrefixListEntries(self, params: Params) -> dict[str, Any]:  # noqa: N802
        row = self.account.keyed("ec2:GetManagedPrefixListEntries", "PrefixListId")[params["PrefixListId"]]
        return self._page(row["Entries"], params, "Entries", "NextToken", "MaxResults", 100)

    def _of_one(self, operation: str, member: str, params: Params) -> list[dict[str, Any]]:
        """Rows that hold the one value that a request is about, which the answer does not repeat."""
        rows = [row for row in self.account.of(operation) if row[member] == params[member]]
        return [{key: value for key, value in row.items() if key != member} for row in rows]

    def _elbv2_DescribeListeners(self, params: Params) -> dict[str, Any]:  # noqa: N802
        wanted = params["LoadBalancerArn"]
        rows = [row for row in self.account.of("elbv2:DescribeListeners") if row["LoadBalancerArn"] == wanted]
        return self._page(rows, params, "Listeners", "Marker", "PageSize", 400, later="NextMarker")

    def _elbv2_DescribeTargetHealth(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return {"TargetHealthDescriptions": self._of_one("elbv2:DescribeTargetHealth", "TargetGroupArn", params)}

    def _autoscaling_DescribeAutoScalingGroups(self, params: Params) -> dict[str, Any]:  # noqa: N802
        names = set(params["AutoScalingGroupNames"])
        groups = self.account.of("autoscaling:DescribeAutoScalingGroups")
        rows = [row for row in groups if row["AutoScalingGroupName"] in names]
        return self._page(rows, params, "AutoScalingGroups", "NextToken", "MaxRecords", 100)

    def _autoscaling_DescribeScalingActivities(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"Activities": []}

    def _route53_ListHostedZonesByVPC(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return {"HostedZoneSummaries": [], "MaxItems": params["MaxItems"]}

    def _events_ListEventBuses(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"EventBuses": [{"Name": "default", "Arn": synthetic.arn("events", "event-bus/default")}]}

    def _events_ListRuleNamesByTarget(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"RuleNames": []}

    def _scheduler_ListSchedules(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"Schedules": []}

    def _stepfunctions_ListStateMachines(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"stateMachines": []}

    def _sts_GetCallerIdentity(self, _params: Params) -> dict[str, Any]:  # noqa: N802
        return {"Account": synthetic.ACCOUNT, "UserId": "AIDAXXXXXXXXXXXXXXXXX", "Arn": synthetic.arn("iam", "user/a")}

    def _iam_GetRole(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return {"Role": self.account.keyed("iam:GetRole", "RoleName")[params["RoleName"]]}

    def _iam_GetInstanceProfile(self, params: Params) -> dict[str, Any]:  # noqa: N802
        profiles = self.account.keyed("iam:GetInstanceProfile", "InstanceProfileName")
        return {"InstanceProfile": profiles[params["InstanceProfileName"]]}

    def _described(self, operation: str, params: Params, member: str, key: str, most: int) -> dict[str, Any]:
        if len(params[member]) > most:
            raise RefusedError(f"{operation}: {len(params[member])} {member}, at most {most}")
        rows = self.account.keyed(f"ecs:{operation}", key)
        return {member: [rows[each] for each in params[member]], "failures": []}

    def _ecs_DescribeClusters(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return {"clusters": self.account.of("ecs:DescribeClusters"), "failures": []}

    def _ecs_DescribeServices(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self._described("DescribeServices", params, "services", "serviceArn", 10)

    def _ecs_DescribeTasks(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self._described("DescribeTasks", params, "tasks", "taskArn", 100)

    def _ecs_DescribeContainerInstances(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self._described("DescribeContainerInstances", params, "containerInstances", "containerInstanceArn", 100)

    def _ecs_DescribeTaskDefinition(self, params: Params) -> dict[str, Any]:  # noqa: N802
        rows = self.account.keyed("ecs:DescribeTaskDefinition", "taskDefinitionArn")
        return {"taskDefinition": rows[params["taskDefinition"]], "tags": []}

    def _ecs_DescribeCapacityProviders(self, params: Params) -> dict[str, Any]:  # noqa: N802
        names = set(params["capacityProviders"])
        rows = [row for row in self.account.of("ecs:DescribeCapacityProviders") if row["name"] in names]
        return self._page(rows, params, "capacityProviders", "nextToken", "maxResults", 10)

    def _listed(self, arns: list[str], params: Params, key: str) -> dict[str, Any]:
        return self._page(arns, params, key, "nextToken", "maxResults", 100)

    def _ecs_ListServices(self, params: Params) -> dict[str, Any]:  # noqa: N802
        params = {"maxResults": 10, **params}
        return self._listed(
            [row["serviceArn"] for row in self.account.of("ecs:DescribeServices")], params, "serviceArns"
        )

    def _ecs_ListTasks(self, params: Params) -> dict[str, Any]:  # noqa: N802
        status = params.get("desiredStatus", "RUNNING")
        tasks = [row["taskArn"] for row in self.account.of("ecs:DescribeTasks") if row["desiredStatus"] == status]
        return self._listed(tasks, params, "taskArns")

    def _ecs_ListContainerInstances(self, params: Params) -> dict[str, Any]:  # noqa: N802
        instances = self.account.of("ecs:DescribeContainerInstances")
        return self._listed([row["containerInstanceArn"] for row in instances], params, "containerInstanceArns")

    def _ecs_ListAccountSettings(self, params: Params) -> dict[str, Any]:  # noqa: N802
        rows = [
            row for row in self.account.of("ecs:ListAccountSettings") if params.get("name", row["name"]) == row["name"]
        ]
        return self._page(rows, params, "settings", "nextToken", "maxResults", 10)


class _Raw:
    """What urllib3 would hand over."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterable[bytes]:
        yield self._body

    def read(self, *_: Any, **__: Any) -> bytes:
        return self._body
