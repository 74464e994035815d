"""No container instance fits."""

from __future__ import annotations

from datetime import timedelta

from tests.scenarios import texts
from tests.scenarios.account import CLUSTER, NOW, Account, add_subnet, add_table, add_vpc
from tests.scenarios.scenario import ORDERS, Area, scenario


def leave(account: Account, *, cpu: int = 2048, memory: int = 3788) -> None:
    """What other tasks have left of each host."""
    for host in account.hosts():
        for resource, left in zip(host.remaining_resources[:2], (cpu, memory), strict=True):
            resource["integerValue"] = min(resource["integerValue"], left)


@scenario(Area.PLACEMENT, first=("PLC004", "orders"), subject=ORDERS)
def every_cpu_unit_is_taken(account: Account) -> None:
    leave(account, cpu=128)
    account.says(
        "orders",
        texts.closest(account.host("host-b").id, "has insufficient CPU units available. ") + texts.SEE_MORE,
    )


@scenario(Area.PLACEMENT, first=("PLC005", "orders"), subject=ORDERS)
def all_memory_is_taken(account: Account) -> None:
    leave(account, memory=256)
    account.says("orders", texts.closest(account.host("host-b").id, 'encountered error "RESOURCE:MEMORY".'))


@scenario(Area.PLACEMENT, first=("PLC001", CLUSTER), subject=ORDERS)
def no_host_is_left(account: Account) -> None:
    lose_hosts(account)
    account.says(
        "orders", texts.NO_HOST + "Reason: No Container Instances were found in your cluster. " + texts.SEE_MORE
    )


@scenario(Area.PLACEMENT, first=("PLC001", CLUSTER), subject=ORDERS)
def the_capacity_provider_is_empty(account: Account) -> None:
    lose_hosts(account)
    account.says("orders", "was unable to place a task. Reason: TaskFailedToStart: EMPTY CAPACITY PROVIDER")


def lose_hosts(account: Account) -> None:
    ecs, tasks = account.state("ecs"), account.state("ecs").tasks[CLUSTER]
    ecs.container_instances[CLUSTER].clear()
    for arn in [arn for arn, task in tasks.items() if task.container_instance_arn]:
        del tasks[arn]
    for service in ("orders", "cron"):
        account.service(service).running_count = 0
    account.service("cron").desired_count = 0


@scenario(Area.PLACEMENT, first=("PLC002", "orders"), subject=ORDERS)
def the_task_subnets_are_in_a_zone_without_hosts(account: Account) -> None:
    account.move("orders", "private-a")
    account.says("orders", texts.closest(account.host("host-b").id, "is missing an attribute required by your task. "))


@scenario(Area.PLACEMENT, first=("PLC007", "orders"), subject=ORDERS)
def the_task_subnets_are_in_another_vpc_than_the_hosts(account: Account) -> None:
    account.ids["other"] = add_vpc(account, "10.2.0.0/16")
    gateway = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=account["other"])
    add_table(account, "rtb-other-public", vpc="other", GatewayId=gateway)
    add_subnet(account, "other-public-b", "10.2.0.0/24", table="rtb-other-public", vpc="other")
    nat = account.ec2.create_nat_gateway(
        SubnetId=account["other-public-b"], AllocationId=account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    )["NatGateway"]["NatGatewayId"]
    add_table(account, "rtb-other", vpc="other", NatGatewayId=nat)
    add_subnet(account, "other-b", "10.2.1.0/24", table="rtb-other", vpc="other")
    account.group("sg-other-app", vpc="other")
    account.move("orders", "other-b")
    account.network("orders")["securityGroups"] = [account["sg-other-app"]]
    account.says("orders", texts.closest(account.host("host-b").id, "is missing an attribute required by your task. "))


@scenario(Area.PLACEMENT, first=("PLC009", "orders"), subject=ORDERS)
def the_task_is_for_arm_and_the_hosts_are_not(account: Account) -> None:
    account.definition("orders").runtime_platform = {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}
    account.says("orders", texts.closest(account.host("host-c").id, "is missing an attribute required by your task. "))


@scenario(Area.PLACEMENT, first=("PLC008", "orders"), subject=ORDERS)
def no_host_has_the_log_driver_that_the_task_wants(account: Account) -> None:
    account.definition("orders").requires_attributes = [{"name": "com.amazonaws.ecs.capability.logging-driver.splunk"}]
    account.says("orders", texts.closest(account.host("host-c").id, "is missing an attribute required by your task. "))


@scenario(Area.PLACEMENT, first=("PLC006", "orders"), subject=ORDERS)
def no_host_meets_the_placement_constraint(account: Account) -> None:
    account.service("orders").placement_constraints = [
        {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m7g.*"}
    ]
    account.says(
        "orders",
        texts.closest(account.host("host-b").id, 'encountered error "MemberOf placement constraint unsatisfied.". ')
        + texts.SEE_MORE,
    )


@scenario(Area.PLACEMENT, first=("PLC011", "orders"), subject=ORDERS)
def a_gpu_is_wanted_and_no_host_has_one(account: Account) -> None:
    account.container("orders")["resourceRequirements"] = [{"type": "GPU", "value": "1"}]
    account.says("orders", "was unable to place a task. Reason: TaskFailedToStart: RESOURCE:GPU")


@scenario(
    Area.PLACEMENT,
    first=("PLC010", "host-b or host-c"),
    subject=ORDERS,
    beside=(("PLC010", "host-b"), ("PLC010", "host-c"), ("AGT006", "host-b"), ("AGT006", "host-c")),
)
def the_hosts_run_windows_server_2016(account: Account) -> None:
    for host in account.hosts():
        host.attributes["ecs.os-type"] = "windows"
        host.attributes["ecs.os-family"] = "WINDOWS_SERVER_2016_FULL"
        for name in [name for name in host.attributes if name.startswith("ecs.capability.task-eni")]:
            del host.attributes[name]
    account.definition("orders").runtime_platform = {
        "operatingSystemFamily": "WINDOWS_SERVER_2016_FULL",
        "cpuArchitecture": "X86_64",
    }
    account.says("orders", texts.closest(account.host("host-b").id, "is missing an attribute required by your task. "))


NO_INSTANCE_IN_PROVIDER = (
    texts.NO_HOST + "Reason: No Container Instances were found in your capacity provider. " + texts.SEE_MORE
)


@scenario(Area.PLACEMENT, first=("PLC012", "spare"), subject=ORDERS, beside=(("PLC001", CLUSTER),))
def the_auto_scaling_group_of_the_provider_may_not_grow(account: Account) -> None:
    move_to_a_provider(account, maximum=0)
    account.says("orders", NO_INSTANCE_IN_PROVIDER)


@scenario(Area.PLACEMENT, first=("PLC012", "spare"), subject=ORDERS, beside=(("PLC001", CLUSTER),))
def the_auto_scaling_group_of_the_provider_gets_no_instances(account: Account) -> None:
    """The scaling activity is an answer put into the emulator's mouth: it launches every instance it is asked for."""
    move_to_a_provider(account, maximum=4)
    account.answer(
        "autoscaling:DescribeScalingActivities",
        {
            "Activities": [
                {
                    "ActivityId": "0b1c2d3e",
                    "AutoScalingGroupName": "spare",
                    "Cause": "At 2026-11-23T23:01:00Z an instance was started in response to a difference between "
                    "desired and actual capacity, increasing the capacity from 0 to 2.",
                    "StartTime": NOW - timedelta(minutes=9),
                    "EndTime": NOW - timedelta(minutes=9),
                    "StatusCode": "Failed",
                    "StatusMessage": "You have requested more vCPU capacity than your current vCPU limit of 32 allows "
                    "for the instance bucket that the specified instance type belongs to. Please visit "
                    "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching "
                    "EC2 instance failed.",
                    "Progress": 100,
                }
            ]
        },
    )
    account.says("orders", NO_INSTANCE_IN_PROVIDER)


def move_to_a_provider(account: Account, *, maximum: int) -> None:
    """The service is to run on a capacity provider whose Auto Scaling group has no instance yet."""
    autoscaling = account.client("autoscaling")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="spare", ImageId=account.aws.ecs_optimized_image(), InstanceType="c5.large"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="spare",
        LaunchConfigurationName="spare",
        MinSize=0,
        MaxSize=maximum,
        DesiredCapacity=0,
        VPCZoneIdentifier=f"{account['private-b']},{account['private-c']}",
    )
    group = account.state("autoscaling").autoscaling_groups["spare"]
    group.desired_capacity = min(2, maximum)
    account.ecs.create_capacity_provider(
        name="spare",
        autoScalingGroupProvider={
            "autoScalingGroupArn": group.arn,
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
        },
    )
    service = account.service("orders")
    service.launch_type = None
    service.capacity_provider_strategy = [{"capacityProvider": "spare", "weight": 1, "base": 0}]
