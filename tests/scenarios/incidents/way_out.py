"""NAT gateways, internet gateways and the routes that lead to them."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import ANYWHERE, Account
from tests.scenarios.scenario import Area, scenario

ONE_OF_TWO_SUBNETS = (("NET015", "worker"), ("END001", "worker"))
"""What is true too where one of two subnets has lost its way."""
HOSTS_CANNOT_REACH_ECS = (("AGT010", "host-b"), ("AGT010", "host-c"))


@scenario(Area.WAY_OUT, first=("NET006", "nat-a"), beside=ONE_OF_TWO_SUBNETS)
def a_nat_gateway_has_failed(account: Account) -> None:
    account.nat_state("nat-a", "failed", "InternalError", "Network interface is not available")
    account.fails("worker", texts.NO_WAY_TO_ECR)


@scenario(Area.WAY_OUT, first=("NET005", "rtb-a"), beside=(("NET006", "nat-a"), *ONE_OF_TWO_SUBNETS))
def a_nat_gateway_was_deleted_and_the_route_is_a_blackhole(account: Account) -> None:
    """A deleted NAT gateway stays listed for about an hour; its route stays and becomes a blackhole at once."""
    account.ec2.delete_nat_gateway(NatGatewayId=account["nat-a"])
    account.blackhole("rtb-a")
    account.fails("worker", texts.NO_WAY_TO_ECR_V2)


@scenario(Area.WAY_OUT, first=("NET005", "rtb-a"), beside=ONE_OF_TWO_SUBNETS)
def the_nat_gateway_of_the_route_is_long_gone(account: Account) -> None:
    del account.state("ec2").nat_gateways[account["nat-a"]]
    account.blackhole("rtb-a")
    account.fails("worker", texts.no_image("worker"))


@scenario(Area.WAY_OUT, first=("NET004", "rtb-a"), beside=ONE_OF_TWO_SUBNETS)
def the_default_route_was_deleted(account: Account) -> None:
    account.lose_route("rtb-a")
    account.fails("worker", texts.NO_WAY_TO_ECR_V2)


@scenario(Area.WAY_OUT, first=("NET007", "nat-a"), beside=ONE_OF_TWO_SUBNETS)
def the_nat_gateway_was_made_in_a_private_subnet(account: Account) -> None:
    """The commonest mistake with NAT: its own subnet needs the route to the internet gateway."""
    account.ec2.disassociate_route_table(AssociationId=association(account, "rtb-public", "public-a"))
    account.fails("worker", texts.no_image("worker"))


def association(account: Account, table: str, subnet: str) -> str:
    row = account.ec2.describe_route_tables(RouteTableIds=[account[table]])["RouteTables"][0]
    return str(
        next(each["RouteTableAssociationId"] for each in row["Associations"] if each.get("SubnetId") == account[subnet])
    )


@scenario(Area.WAY_OUT, first=("NET008", "nat-a"), beside=ONE_OF_TWO_SUBNETS)
def the_nat_gateway_is_a_private_one(account: Account) -> None:
    account.state("ec2").nat_gateways[account["nat-a"]].connectivity_type = "private"
    account.fails("worker", texts.NO_WAY_TO_ECR)


@scenario(
    Area.WAY_OUT,
    first=("NET002", "worker"),
    beside=ONE_OF_TWO_SUBNETS,
    record="https://github.com/aws/amazon-ecs-agent/issues/1266",
)
def the_route_table_leads_to_the_internet_gateway_and_tasks_have_no_public_address(account: Account) -> None:
    account.route("rtb-a", GatewayId=account["igw"])
    account.fails(
        "worker",
        "CannotPullContainerError: API error (500): Get https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/: "
        "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
    )


@scenario(
    Area.WAY_OUT,
    first=("NET002", "worker"),
    beside=(("END001", "worker"),),
    record="https://github.com/aws-samples/dataops-platform-airflow-dbt/issues/12",
)
def the_service_lies_in_public_subnets_and_assigns_no_public_address(account: Account) -> None:
    account.move("worker", "public-a", "public-b")
    secret = add_secret(account)
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret "
        f"{secret} from secrets manager: RequestCanceled: request context canceled caused by: context deadline "
        "exceeded",
        subnet="public-a",
    )


def add_secret(account: Account) -> str:
    """A secret that the worker's container is given."""
    secret = str(account.client("secretsmanager").create_secret(Name="db", SecretString='{"user": "app"}')["ARN"])
    account.container("worker")["secrets"] = [{"name": "DB", "valueFrom": secret}]
    return secret


@scenario(
    Area.WAY_OUT,
    first=("NET004", "rtb-forgotten"),
    beside=(("END001", "worker"),),
    record="https://github.com/docker-archive/compose-cli/issues/911",
)
def the_public_subnet_was_given_no_route_to_the_internet_gateway(account: Account) -> None:
    table = account.ec2.create_route_table(VpcId=account["vpc"])["RouteTable"]["RouteTableId"]
    account.ids["rtb-forgotten"] = table
    account.ec2.replace_route_table_association(
        AssociationId=association(account, "rtb-public", "public-a"), RouteTableId=table
    )
    # The NAT gateway of this zone is of no use any more; nothing else is to depend on it.
    account.ec2.delete_nat_gateway(NatGatewayId=account["nat-a"])
    account.move("worker", "public-a")
    account.network("worker")["assignPublicIp"] = "ENABLED"
    account.container("worker")["image"] = "docker.io/docker/ecs-searchdomain-sidecar:1.0"
    account.fails(
        "worker",
        'CannotPullContainerError: inspect image has been retried 5 time(s): failed to resolve ref "docker.io/docker/'
        'ecs-searchdomain-sidecar:1.0": failed to do request: Head https://registry-1.docker.io/v2/docker/'
        "ecs-searchdomain-sidecar/manifests/1.0: dial tcp 34.195.246.183:443: i/o timeout",
        subnet="public-a",
    )


@scenario(
    Area.WAY_OUT,
    first=("NET012", "igw"),
    beside=(("END001", "worker"), ("END001", "web"), *HOSTS_CANNOT_REACH_ECS),
)
def the_internet_gateway_is_detached(account: Account) -> None:
    account.ec2.detach_internet_gateway(InternetGatewayId=account["igw"], VpcId=account["vpc"])
    account.fails("worker", texts.no_image("worker"))


@scenario(
    Area.WAY_OUT, first=("NET016", "vpc"), beside=(("END001", "worker"), ("END001", "web"), *HOSTS_CANNOT_REACH_ECS)
)
def block_public_access_was_switched_on(account: Account) -> None:
    """The state is read from each subnet; the emulator has it as an attribute put onto it."""
    for zone in "abc":
        for kind in ("public", "private"):
            account.subnet(f"{kind}-{zone}").block_public_access_states = {
                "InternetGatewayBlockMode": "block-bidirectional"
            }
    account.fails("worker", texts.NO_WAY_TO_ECR)


@scenario(
    Area.WAY_OUT,
    first=("NET018", "nat-instance"),
    beside=ONE_OF_TWO_SUBNETS,
    record="https://github.com/AndrewGuenther/fck-nat/issues/99",
)
def the_nat_instance_still_checks_source_and_destination(account: Account) -> None:
    interface = add_nat_instance(account, checks=True)
    account.route("rtb-a", NetworkInterfaceId=interface)
    account.fails("worker", texts.NO_WAY_TO_ECR)


@scenario(Area.WAY_OUT, first=("NET018", "nat-instance"), beside=ONE_OF_TWO_SUBNETS)
def the_nat_instance_is_stopped(account: Account) -> None:
    interface = add_nat_instance(account, checks=False)
    account.route("rtb-a", NetworkInterfaceId=interface)
    account.ec2.stop_instances(InstanceIds=[account["nat-instance"]])
    account.fails("worker", texts.NO_WAY_TO_ECR)


def add_nat_instance(account: Account, *, checks: bool) -> str:
    """An instance that forwards, with a public address; the id of its interface."""
    ec2 = account.ec2
    account.group("sg-nat", {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/16"}]})
    instance = ec2.run_instances(
        ImageId=account.aws.ecs_optimized_image(),
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[
            {
                "DeviceIndex": 0,
                "SubnetId": account["public-a"],
                "Groups": [account["sg-nat"]],
                "AssociatePublicIpAddress": True,
            }
        ],
    )["Instances"][0]
    account.ids["nat-instance"] = instance["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], SourceDestCheck={"Value": checks})
    interface = account.state("ec2").get_instance(instance["InstanceId"]).nics[0]
    interface.source_dest_check = checks
    return str(interface.id)


@scenario(Area.WAY_OUT, first=("NET004", "rtb-a"), beside=(("END001", "worker"),))
def the_default_route_was_replaced_by_a_narrower_one(account: Account) -> None:
    """The route leads to the NAT gateway, but only for the addresses of an office."""
    account.move("worker", "private-a")
    account.lose_route("rtb-a", ANYWHERE)
    account.route("rtb-a", "198.51.100.0/24", NatGatewayId=account["nat-a"])
    account.fails("worker", texts.no_image("worker"))
