"""Calls made ÷ the fewest that the API's page and batch sizes allow.

The calls are counted by the fake AWS, which pages honestly and refuses larger pages and batches than the API takes. The
minimum is worked out here from the numbers of things in the account and AWS's limits alone: the program's declarations
have no part in it. An operation without a minimum here counts as a miss, so that a new one cannot slip in.
"""

from collections.abc import Callable

import measuring
from synthetic import Account, Size

SIZES = tuple(Size(services=n, tasks=10 * n, instances=n) for n in (10, 100, 1000))


def calls_for(things: int, at_once: int) -> int:
    """Calls for so many things, so many at once; what is listed costs a call even where there is nothing."""
    return max(1, -(-things // at_once))


def fewest(account: Account) -> dict[str, int]:
    """The fewest calls by operation that tell everything the audit of this account reads."""

    def count(operation: str) -> int:
        return len(account.of(operation))

    size = account.size
    once = (
        "sts:GetCallerIdentity",
        "iam:GetRole",  # the service-linked role
        "ecs:DescribeClusters",
        "route53:ListHostedZonesByVPC",  # one VPC, no zones
        "events:ListRuleNamesByTarget",  # nothing but services runs tasks
        "scheduler:ListSchedules",
        "stepfunctions:ListStateMachines",
        "ecs:ListAccountSettings",  # awsvpcTrunking; there is no IPv6 in the account
    )
    pages: dict[str, tuple[int, int]] = {
        "ecs:ListServices": (size.services, 100),
        "ecs:DescribeServices": (size.services, 10),
        "ecs:DescribeTasks": (size.tasks + size.stopped, 100),
        "ecs:ListContainerInstances": (size.instances, 100),
        "ecs:DescribeContainerInstances": (size.instances, 100),
        "ecs:DescribeCapacityProviders": (count("ecs:DescribeCapacityProviders"), 10),
        # A filter takes 200 values. By id AWS takes more, and refuses the whole call for one that is gone.
        "ec2:DescribeInstances": (size.instances, 200),
        "ec2:DescribeInstanceTypes": (count("ec2:DescribeInstanceTypes"), 100),
        "ec2:DescribeVpcs": (count("ec2:DescribeVpcs"), 1000),
        "ec2:DescribeSecurityGroups": (count("ec2:DescribeSecurityGroups"), 1000),
        "ec2:DescribeNetworkInterfaces": (count("ec2:DescribeNetworkInterfaces"), 1000),
        "ec2:DescribeRouteTables": (count("ec2:DescribeRouteTables"), 100),
        "ec2:DescribeNetworkAcls": (count("ec2:DescribeNetworkAcls"), 1000),
        "ec2:DescribeNatGateways": (count("ec2:DescribeNatGateways"), 1000),
        "ec2:DescribeInternetGateways": (count("ec2:DescribeInternetGateways"), 1000),
        "ec2:DescribeVpcEndpoints": (count("ec2:DescribeVpcEndpoints"), 1000),
        "ec2:DescribeDhcpOptions": (count("ec2:DescribeDhcpOptions"), 1000),
        "ec2:DescribeManagedPrefixLists": (count("ec2:DescribeManagedPrefixLists"), 100),
        "autoscaling:DescribeAutoScalingGroups": (count("autoscaling:DescribeAutoScalingGroups"), 100),
        "elbv2:DescribeTargetGroups": (count("elbv2:DescribeTargetGroups"), 400),
        "elbv2:DescribeLoadBalancers": (count("elbv2:DescribeLoadBalancers"), 400),
    }
    each = {
        "ecs:DescribeTaskDefinition": count("ecs:DescribeTaskDefinition"),
        "ec2:GetManagedPrefixListEntries": count("ec2:DescribeManagedPrefixLists"),
        "elbv2:DescribeListeners": count("elbv2:DescribeLoadBalancers"),
        "elbv2:DescribeTargetHealth": count("elbv2:DescribeTargetGroups"),
        "ec2:DescribeVpcAttribute": 2 * count("ec2:DescribeVpcs"),  # one attribute a call
    }
    return {
        **dict.fromkeys(once, 1),
        **{operation: calls_for(*numbers) for operation, numbers in pages.items()},
        **each,
        # A list of either status; the answer to one says nothing of the other.
        "ecs:ListTasks": calls_for(size.tasks, 100) + calls_for(size.stopped, 100),
        # The first says which VPCs the subnets lie in, the second what else lies there, as subnets of NAT gateways do.
        "ec2:DescribeSubnets": 2 * calls_for(count("ec2:DescribeSubnets"), 1000),
    }


def main(fewest_of: Callable[[Account], dict[str, int]] = fewest) -> None:
    verdicts = measuring.Verdicts()
    for size in SIZES:
        account = Account(size)
        aws, result = measuring.collected(account)
        least = fewest_of(account)
        made, minimum = aws.calls.total(), sum(least.values())
        print(f"{size}: {made:,} calls made, {minimum:,} the fewest")
        if result.collection.api_calls != made:
            print(f"  MISCOUNTED: the program says {result.collection.api_calls:,} calls")
        for missing in result.collection.missing:
            print(f"  NOT ANSWERED: {missing.operation}: {missing.error} {missing.message}")
        for operation in sorted(set(aws.calls) | set(least)):
            if aws.calls[operation] != least.get(operation):
                print(f"  {operation}: {aws.calls[operation]:,} made, fewest {least.get(operation, 'not known')}")
        verdicts.ratio("  calls / fewest", [made / minimum], 1.0, digits=3)
    verdicts.end()


if __name__ == "__main__":
    main()
