"""Hosts that are alike are traced together; where rules tell their addresses apart, each is still seen."""

from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.workload_paths import WorkloadPaths
from awsvpc_audit.findings import Verdict
from tests.world import World, healthy, permission

HOSTS = tuple(f"i-{number}" for number in range(4))


def with_logs_endpoint(*admitted: str) -> World:
    """Four hosts like `i-a` in subnet-a, and an endpoint for CloudWatch Logs that admits these CIDRs and `i-b`."""
    world = healthy()
    for host in HOSTS:
        world.add_instance(host, "m5.xlarge", "subnet-a", enis=4, cpu=4096, memory=15000)
    other = world.instance("i-b")["PrivateIpAddress"]
    world.add_security_group(
        "sg-endpoint", "vpc-main", *(permission("tcp", cidr, 443) for cidr in (*admitted, f"{other}/32"))
    )
    eni = world.add_eni("subnet-a", groups=("sg-endpoint",), type_="vpc_endpoint")
    world.rows["ec2:DescribeVpcEndpoints"].append(
        {
            "VpcEndpointId": "vpce-logs",
            "VpcEndpointType": "Interface",
            "VpcId": "vpc-main",
            "ServiceName": "com.amazonaws.us-east-1.logs",
            "State": "available",
            "SubnetIds": ["subnet-a"],
            "Groups": [{"GroupId": "sg-endpoint", "GroupName": "endpoint"}],
            "PrivateDnsEnabled": True,
            "NetworkInterfaceIds": [eni["NetworkInterfaceId"]],
        }
    )
    definition = world.task_definition("web")
    definition["containerDefinitions"][0]["logConfiguration"] = {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "web", "awslogs-region": "us-east-1"},
    }
    return world


def answers_to_logs(world: World) -> dict[str | None, Verdict]:
    context = world.context()
    paths = WorkloadPaths(Reachability(context.model), context.cluster)
    web = next(w for w in context.workloads if w.name == "web")
    return {a.host: a.outcome.verdict for a in paths.services(web) if a.destination == "logs"}


def test_one_host_speaks_for_all_that_reach_a_service() -> None:
    assert answers_to_logs(with_logs_endpoint("10.0.1.0/24")) == {
        "i-0": Verdict.REACHABLE,
        "i-b": Verdict.REACHABLE,
    }


def test_one_host_speaks_for_all_that_do_not() -> None:
    assert answers_to_logs(with_logs_endpoint()) == {"i-0": Verdict.UNREACHABLE, "i-b": Verdict.REACHABLE}


def test_a_host_whose_address_is_not_admitted_is_told_from_those_like_it() -> None:
    world = with_logs_endpoint()
    admitted = [world.instance(host)["PrivateIpAddress"] for host in (*HOSTS[:2], HOSTS[3], "i-a")]
    answers = answers_to_logs(with_logs_endpoint(*(f"{address}/32" for address in admitted)))
    assert answers["i-2"] is Verdict.UNREACHABLE
    assert answers["i-0"] is Verdict.REACHABLE


def test_the_agent_of_each_host_is_asked_about_where_one_is_cut_off() -> None:
    world = with_logs_endpoint()
    world.rows["ec2:DescribeVpcEndpoints"][-1]["ServiceName"] = "com.amazonaws.us-east-1.ecs-agent"
    admitted = [world.instance(host)["PrivateIpAddress"] for host in (*HOSTS[:2], HOSTS[3], "i-a")]
    world.security_group("sg-endpoint")["IpPermissions"] += [permission("tcp", f"{each}/32", 443) for each in admitted]
    context = world.context()
    paths = WorkloadPaths(Reachability(context.model), context.cluster)
    cut_off = [
        instance.instance_id
        for instance in context.cluster.container_instances
        if any(answer.is_blocked for answer in paths.agent(instance))
    ]
    assert cut_off == ["i-2"]
