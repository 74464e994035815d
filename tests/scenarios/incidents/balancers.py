"""Between a load balancer and its tasks. What targets answer is put into the emulator's mouth: its own are healthy."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account, add_balancer, add_subnet, from_group, tcp
from tests.scenarios.scenario import WEB, Area, scenario

TIMED_OUT = "Request timed out"


def turns_unhealthy(account: Account, reason: str, code: str) -> None:
    """Tasks of `web` are registered, fail the checks of their target group and are replaced."""
    group = account["tg-web"]
    account.answer(
        "elbv2:DescribeTargetHealth",
        {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": address, "Port": 8080},
                    "HealthCheckPort": "8080",
                    "TargetHealth": {"State": "unhealthy", "Reason": code, "Description": reason},
                }
                for address in account.state("elbv2").target_groups[group].targets
            ]
        },
    )
    account.says("web", texts.unhealthy(group, reason))
    account.fails(
        "web",
        texts.failed_health_checks(group),
        subnet="private-b",
        code="ServiceSchedulerInitiated",
        started=True,
    )


@scenario(
    Area.BALANCERS,
    first=("LBS004", "sg-app"),
    subject=WEB,
    record="https://github.com/telia-oss/terraform-aws-ecs-fargate/issues/57",
)
def the_task_group_has_no_inbound_rule(account: Account) -> None:
    rules = account.ec2.describe_security_groups(GroupIds=[account["sg-app"]])["SecurityGroups"][0]["IpPermissions"]
    account.ec2.revoke_security_group_ingress(GroupId=account["sg-app"], IpPermissions=rules)
    turns_unhealthy(account, TIMED_OUT, "Target.Timeout")


@scenario(Area.BALANCERS, first=("LBS005", "sg-balancer"), subject=WEB)
def the_load_balancers_group_sends_to_another_port(account: Account) -> None:
    account.close("sg-balancer")
    account.ec2.authorize_security_group_egress(
        GroupId=account["sg-balancer"],
        IpPermissions=[tcp(80, **from_group(account["sg-app"]))],
    )
    turns_unhealthy(account, TIMED_OUT, "Target.Timeout")


@scenario(
    Area.BALANCERS,
    first=("LBS005", "acl-balancer-b or acl-balancer-c"),
    subject=WEB,
    beside=(("LBS005", "acl-balancer-b"), ("LBS005", "acl-balancer-c")),
)
def the_acls_of_the_load_balancers_subnets_refuse_the_replies(account: Account) -> None:
    """They let in port 80 for the clients, and forget that replies of the tasks come in above 1023."""
    for number, zone in enumerate("bc"):
        add_subnet(account, f"balancer-{zone}", f"10.0.{30 + number}.0/24", table="rtb-public")
        account.acl(
            f"acl-balancer-{zone}",
            f"balancer-{zone}",
            (100, "allow", True, "-1", None),
            (100, "allow", False, "6", (80, 80)),
        )
    account.client("elbv2").set_subnets(
        LoadBalancerArn=account["alb-web-arn"], Subnets=[account["balancer-b"], account["balancer-c"]]
    )
    turns_unhealthy(account, TIMED_OUT, "Target.Timeout")


@scenario(Area.BALANCERS, first=("LBS003", "alb-web"), subject=WEB)
def the_load_balancer_is_not_enabled_in_the_zone_of_a_task(account: Account) -> None:
    account.move("web", "private-a", "private-b")
    group = account["tg-web"]
    address = "10.0.10.77"
    account.state("elbv2").target_groups[group].targets[address] = {"Id": address, "Port": 8080}
    account.answer(
        "elbv2:DescribeTargetHealth",
        {
            "TargetHealthDescriptions": [
                {
                    "Target": {"Id": address, "Port": 8080},
                    "HealthCheckPort": "8080",
                    "TargetHealth": {
                        "State": "unused",
                        "Reason": "Target.NotInUse",
                        "Description": "Target is in an Availability Zone that is not enabled for the load balancer",
                    },
                }
            ]
        },
    )
    account.fails(
        "web", texts.failed_health_checks(group), code="ServiceSchedulerInitiated", started=True, subnet="private-a"
    )


@scenario(Area.BALANCERS, first=("LBS007", "web"), subject=WEB)
def the_health_check_asks_a_port_that_no_container_has(account: Account) -> None:
    account.client("elbv2").modify_target_group(TargetGroupArn=account["tg-web"], HealthCheckPort="8081")
    account.ec2.authorize_security_group_ingress(
        GroupId=account["sg-app"], IpPermissions=[tcp(8081, **from_group(account["sg-balancer"]))]
    )
    turns_unhealthy(account, "Health checks failed", "Target.FailedHealthChecks")


@scenario(Area.BALANCERS, first=("LBS007", "web"), subject=WEB)
def the_health_check_asks_for_a_page_that_redirects(account: Account) -> None:
    turns_unhealthy(account, "Health checks failed with these codes: [302]", "Target.ResponseCodeMismatch")


@scenario(Area.BALANCERS, first=("LBS001", "admin"), subject=WEB)
def the_target_group_registers_instances(account: Account) -> None:
    add_balancer(account, "admin", "public-b", "public-c", target_type="instance")
    state = account.service("web")
    state.load_balancers = [{"targetGroupArn": account["tg-admin"], "containerName": "app", "containerPort": 8080}]
    state.events = []
    account.says(
        "web",
        f"failed to register targets in (target-group {account['tg-admin']}) with (error The provided target group "
        f"{account['tg-admin']} has target type instance, which is incompatible with the awsvpc network mode specified "
        "in the task definition.)",
    )
