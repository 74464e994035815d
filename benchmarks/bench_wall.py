"""Wall time of a collection with 50 ms added to each call ÷ a bare loop that makes the same calls and keeps nothing.

The bare loop uses the same clients, as many threads, and the calls that a collection was seen to make. It comes in two:

- *in order*: a request starts as soon as the answers are there from which its parameters come. No program can do
  better with those calls;
- *at once*: as if all parameters were known beforehand. Only the pages of one listing wait for each other, for a page's
  token is in the page before. This is out of reach, and shows what the order costs.

Nobody throttles here, and so the collection goes without its pace: what that costs is in bench_throttling.

Both keep every thread busy from one queue, first come, first served. CPU matters here, for botocore parses under the
interpreter's lock: the figures of large accounts are those of the machine, so the loops take turns with the collection.
"""

import statistics
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import measuring
from botocore import xform_name
from fake_aws import Call, FakeAws
from synthetic import Account, Size

from awsvpc_audit.collectors.pace import unpaced
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.collectors.session import CONCURRENCY, Session

DELAY = 0.05
CASES = ((10, 7), (100, 5), (1000, 3))
"""Services, and how many runs. There are ten tasks and one instance to a service."""
TOKENS = ("nextToken", "NextToken", "Marker")

BY_VPC = ("ec2:DescribeSubnets", "ec2:DescribeInstances")
COMES_FROM: dict[str, tuple[str, ...]] = {
    "ecs:DescribeServices": ("ecs:ListServices",),
    "ecs:DescribeTasks": ("ecs:ListTasks",),
    "ecs:DescribeContainerInstances": ("ecs:ListContainerInstances",),
    "ecs:DescribeCapacityProviders": ("ecs:DescribeServices", "ecs:DescribeContainerInstances"),
    "ecs:DescribeTaskDefinition": ("ecs:DescribeServices",),
    "autoscaling:DescribeAutoScalingGroups": ("ecs:DescribeCapacityProviders",),
    "ec2:DescribeSubnets": ("ecs:DescribeServices",),
    "ec2:DescribeInstances": ("ecs:DescribeContainerInstances",),
    "ec2:DescribeInstanceTypes": ("ec2:DescribeInstances",),
    "ec2:DescribeVpcs": BY_VPC,
    "ec2:DescribeVpcAttribute": BY_VPC,
    "ec2:DescribeSecurityGroups": BY_VPC,
    "ec2:DescribeNetworkInterfaces": BY_VPC,
    "ec2:DescribeRouteTables": BY_VPC,
    "ec2:DescribeNetworkAcls": BY_VPC,
    "ec2:DescribeNatGateways": BY_VPC,
    "ec2:DescribeInternetGateways": BY_VPC,
    "ec2:DescribeVpcEndpoints": BY_VPC,
    "ec2:DescribeDhcpOptions": ("ec2:DescribeVpcs",),
    "ec2:DescribeManagedPrefixLists": ("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
    "ec2:GetManagedPrefixListEntries": ("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
    "ecs:ListAccountSettings": ("ec2:DescribeSubnets",),
    "elbv2:DescribeTargetGroups": ("ecs:DescribeServices",),
    "elbv2:DescribeLoadBalancers": ("ecs:DescribeServices",),
    "elbv2:DescribeTargetHealth": ("ecs:DescribeServices",),
    "elbv2:DescribeListeners": ("elbv2:DescribeTargetGroups",),
    "route53:ListHostedZonesByVPC": BY_VPC,
}
"""Where an operation's parameters come from; by the name of the cluster alone where it is not here."""

Chain = list[Call]
"""The pages of one request, in order."""


def chains(calls: list[Call]) -> list[Chain]:
    """Calls by request."""
    found: dict[tuple[str, str], Chain] = defaultdict(list)
    for call in calls:
        rest = sorted((name, value) for name, value in call.params.items() if name not in TOKENS)
        found[call.name, repr(rest)].append(call)
    return list(found.values())


def step(chain: Chain) -> str:
    """What others wait for: the operation; of DescribeSubnets the second step is one of its own."""
    call = chain[0]
    by_vpc = any(each["Name"] == "vpc-id" for each in call.params.get("Filters", ()))
    return f"{call.name}/by-vpc" if call.name == "ec2:DescribeSubnets" and by_vpc else call.name


def comes_from(name: str) -> tuple[str, ...]:
    return BY_VPC if name == "ec2:DescribeSubnets/by-vpc" else COMES_FROM.get(name, ())


def bare_loop(session: Session, requests: list[Chain], *, in_order: bool) -> float:
    """Wall seconds of the calls alone."""

    def make(chain: Chain) -> None:
        for call in chain:
            getattr(session.client(call.service), xform_name(call.operation))(**call.params)

    left: dict[str, int] = defaultdict(int)
    for chain in requests:
        left[step(chain)] += 1
    begin = time.perf_counter()
    waiting = list(requests)
    pending: dict[Future[None], Chain] = {}
    with ThreadPoolExecutor(CONCURRENCY) as executor:
        while waiting or pending:
            ready = [c for c in waiting if not in_order or not any(left.get(each) for each in comes_from(step(c)))]
            started = set(map(id, ready))
            waiting = [chain for chain in waiting if id(chain) not in started]
            for chain in ready:
                pending[executor.submit(make, chain)] = chain
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                future.result()
                left[step(pending.pop(future))] -= 1
    return time.perf_counter() - begin


def collection(session: Session) -> float:
    """Wall seconds of the program's own collection."""
    begin = time.perf_counter()
    collect(session, measuring.TARGET, pace=unpaced())
    return time.perf_counter() - begin


def main() -> None:
    verdicts = measuring.Verdicts()
    for services, runs in CASES:
        size = Size(services=services, tasks=10 * services, instances=services)
        aws = FakeAws(Account(size), remember=True)
        session = aws.session()
        # Makes the answers, and the clients, and says which calls there are.
        collect(session, measuring.TARGET, pace=unpaced())
        requests = chains(aws.made)
        aws.remember, aws.delay = False, DELAY
        ours: list[float] = []
        in_order: list[float] = []
        at_once: list[float] = []
        for _ in range(runs):
            ours.append(collection(session))
            in_order.append(bare_loop(session, requests, in_order=True))
            at_once.append(bare_loop(session, requests, in_order=False))
        print(f"{size}: {sum(map(len, requests)):,} calls, {CONCURRENCY} at once, {DELAY * 1000:.0f} ms each")
        print(f"  collection {measuring.spread(ours, ' s')}")
        print(f"  bare loop in order {measuring.spread(in_order, ' s')}, at once {measuring.spread(at_once, ' s')}")
        ratios = [mine / other for mine, other in zip(ours, in_order, strict=True)]
        verdicts.ratio("  collection / bare loop in order", ratios, 1.25)
        print(f"  collection / bare loop at once: {statistics.median(ours) / statistics.median(at_once):.2f}")
    verdicts.end()


if __name__ == "__main__":
    main()
