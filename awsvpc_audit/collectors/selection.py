"""What to ask next, from what was read: ids of subnets, VPCs, groups, roles … as later requests need them.

Every function reads `Answers` and gives ids or request parameters. An id that known data names is always asked for, so
a look-up of it in the snapshot is an answer either way.
"""

from collections.abc import Iterable, Iterator

from awsvpc_audit.analyzers.launchers import Launch, launches_of
from awsvpc_audit.analyzers.recorded_launches import RecordedLaunch, recorded_launches
from awsvpc_audit.collectors.operation import Answers, Entry, Params, each, filtered
from awsvpc_audit.model import tables
from awsvpc_audit.model.scope import Scope, cluster_name
from awsvpc_audit.model.snapshot import ScopeSnapshot, encode
from awsvpc_audit.model.tables import BY_OPERATION

AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov")
"""Domains that hold the names of AWS services, over all partitions."""

FARGATE_PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})

LAUNCHERS = ("events:ListTargetsByRule", "scheduler:GetSchedule", "stepfunctions:DescribeStateMachine")
"""Operations that say what other than a service runs tasks."""

BESIDE_SERVICES = (*LAUNCHERS, "cloudtrail:LookupEvents/launches")
"""What says which networks and task definitions there are that no service and no task shows."""


def clusters(answers: Answers) -> list[str]:
    """ARNs of the clusters to look into; as typed or as listed where `ecs:DescribeClusters` said nothing."""
    described = [cluster["clusterArn"] for cluster in answers.entries("ecs:DescribeClusters")]
    return described or list(cluster_names(answers))


def cluster_names(answers: Answers) -> Iterable[str]:
    """Clusters to describe: those asked for, or all that were listed."""
    return answers.target.clusters or [entry["clusterArn"] for entry in answers.entries("ecs:ListClusters")]


def configurations(entry: Entry) -> Iterator[Entry]:
    """The awsvpcConfigurations of a service: its own and those of its task sets."""
    for holder in (entry, *entry.get("taskSets", ())):
        network = (holder.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if network:
            yield network


def service_subnets(answers: Answers) -> set[str]:
    """Subnets that services name."""
    return {
        subnet
        for service in answers.entries("ecs:DescribeServices")
        for configuration in configurations(service)
        for subnet in configuration.get("subnets", ())
    }


def task_subnets(answers: Answers) -> Iterator[str]:
    """Subnets that services, launchers and refused launches name or that task ENIs lie in."""
    yield from service_subnets(answers)
    for task in answers.entries("ecs:DescribeTasks"):
        for attachment in task.get("attachments", ()):
            for detail in attachment.get("details", ()):
                if detail.get("name") == "subnetId" and detail.get("value"):
                    yield detail["value"]
    for launch in launches(answers):
        yield from launch.subnets
    for refused in refused_launches(answers):
        yield from refused.subnets


def task_groups(answers: Answers) -> set[str]:
    """Security groups that services, launchers and refused launches name."""
    found = {group for launch in launches(answers) for group in launch.security_groups}
    found |= {group for refused in refused_launches(answers) for group in refused.security_groups}
    return found | {
        group
        for service in answers.entries("ecs:DescribeServices")
        for configuration in configurations(service)
        for group in configuration.get("securityGroups", ())
    }


def service_task_definitions(answers: Answers) -> set[str]:
    """Task definitions that services use now or failed to roll out."""
    return {
        holder["taskDefinition"]
        for service in answers.entries("ecs:DescribeServices")
        for holder in (service, *service.get("taskSets", ()), *failed_deployments(service))
        if holder.get("taskDefinition")
    }


def other_task_definitions(answers: Answers) -> set[str]:
    """Task definitions of standalone tasks, launchers and refused launches that no service uses."""
    found: set[str] = set()
    for task in answers.entries("ecs:DescribeTasks"):
        if not str(task.get("group", "")).startswith("service:") and task.get("taskDefinitionArn"):
            found.add(task["taskDefinitionArn"])
    found |= {launch.task_definition for launch in launches(answers) if launch.task_definition}
    found |= {refused.task_definition for refused in refused_launches(answers) if refused.task_definition}
    return found - service_task_definitions(answers)


def launches(answers: Answers) -> tuple[Launch, ...]:
    """Launchers of the clusters, as the analysis sees them too."""
    return tuple(_launches(answers))


def _launches(answers: Answers) -> Iterator[Launch]:
    responses = {
        BY_OPERATION[name].file_stem: encode({BY_OPERATION[name].result_key: entries})
        for name in LAUNCHERS
        if (entries := answers.entries(name))
    }
    for arn in clusters(answers) if responses else ():
        place = arn if arn.startswith("arn:") else _known_arn(answers)
        parts = place.split(":")
        if len(parts) > 5:
            scope = Scope(ScopeSnapshot(account=parts[4], region=parts[3], responses=responses))
            yield from launches_of(scope, cluster_name(arn))


def _known_arn(answers: Answers) -> str:
    """Any ARN of the cluster's own things, for account and Region, where the cluster itself could not be described."""
    listings = (("ecs:ListServices", "serviceArn"), ("ecs:ListTasks", "taskArn"))
    return next((str(row[key]) for name, key in listings for row in answers.entries(name)), "")


def refused_launches(answers: Answers) -> tuple[RecordedLaunch, ...]:
    """Calls of RunTask into the clusters that AWS refused, wholly or in part."""
    entries = answers.entries(tables.TRAIL_EVENTS.operation)
    if not entries:
        return ()
    content = encode({tables.TRAIL_EVENTS.result_key: entries})
    scope = Scope(ScopeSnapshot(account="", region="", responses={tables.TRAIL_EVENTS.file_stem: content}))
    return tuple(
        launch
        for name in sorted({cluster_name(arn) for arn in clusters(answers)})
        for launch in recorded_launches(scope, name)
        if launch.refusals and launch.service is None
    )


def failed_deployments(service: Entry) -> list[Entry]:
    """Deployments that were given up: after a rollback the service itself no longer names what failed."""
    return [each for each in service.get("deployments", ()) if each.get("rolloutState") == "FAILED"]


def file_systems(answers: Answers) -> set[str]:
    """EFS file systems that task definitions in awsvpc mode mount."""
    return {
        volume["efsVolumeConfiguration"]["fileSystemId"]
        for definition in answers.entries("ecs:DescribeTaskDefinition")
        if definition.get("networkMode") == "awsvpc"
        for volume in definition.get("volumes", ())
        if (volume.get("efsVolumeConfiguration") or {}).get("fileSystemId")
    }


def capacity_providers(answers: Answers) -> set[str]:
    """Capacity providers by any mention, but for the two that AWS itself provides."""
    found: set[str] = set()
    for cluster in answers.entries("ecs:DescribeClusters"):
        found.update(cluster.get("capacityProviders", ()))
        found.update(item["capacityProvider"] for item in cluster.get("defaultCapacityProviderStrategy", ()))
    for service in answers.entries("ecs:DescribeServices"):
        for holder in (service, *service.get("taskSets", ())):
            found.update(item["capacityProvider"] for item in holder.get("capacityProviderStrategy", ()))
    for instance in answers.entries("ecs:DescribeContainerInstances"):
        if instance.get("capacityProviderName"):
            found.add(instance["capacityProviderName"])
    return found - FARGATE_PROVIDERS


def auto_scaling_groups(answers: Answers) -> set[str]:
    """Names of the Auto Scaling groups behind the capacity providers."""
    found = {
        str((provider.get("autoScalingGroupProvider") or {}).get("autoScalingGroupArn") or "")
        for provider in answers.entries("ecs:DescribeCapacityProviders")
    }
    return {arn.rsplit("autoScalingGroupName/", 1)[-1] for arn in found if arn}


def wanting(answers: Answers) -> bool:
    """Whether any service has fewer tasks than it wants."""
    return any(
        service.get("runningCount", 0) < service.get("desiredCount", 0)
        for service in answers.entries("ecs:DescribeServices")
    )


def hosted_zones(answers: Answers) -> set[str]:
    """Private hosted zones that may stand for a name of an AWS service: those below AWS's own domains."""
    return {
        zone["HostedZoneId"]
        for zone in answers.entries("route53:ListHostedZonesByVPC")
        if str(zone.get("Name", "")).rstrip(".").endswith(AWS_DOMAINS)
    }


def ec2_instances(answers: Answers) -> set[str]:
    """EC2 instance ids of the container instances; `mi-…` are machines outside AWS (ECS Anywhere)."""
    return {
        instance["ec2InstanceId"]
        for instance in answers.entries("ecs:DescribeContainerInstances")
        if str(instance.get("ec2InstanceId", "")).startswith("i-")
    }


def instances(answers: Answers) -> Iterator[Entry]:
    """The EC2 instances of container instances, out of their reservations."""
    hosts = ec2_instances(answers)
    for reservation in answers.entries("ec2:DescribeInstances"):
        yield from (each for each in reservation.get("Instances", ()) if each.get("InstanceId") in hosts)


def routing_instances(answers: Answers) -> set[str]:
    """Ids of further instances that routes lead to, by their own id or by that of an interface: NAT instances."""
    interfaces = route_targets(answers, "NetworkInterfaceId", "eni-")
    attachments = (
        eni.get("Attachment") or {}
        for eni in answers.entries("ec2:DescribeNetworkInterfaces")
        if eni["NetworkInterfaceId"] in interfaces
    )
    named = {attachment["InstanceId"] for attachment in attachments if attachment.get("InstanceId")}
    return (named | route_targets(answers, "InstanceId", "i-")) - ec2_instances(answers)


def instance_types(answers: Answers) -> set[str]:
    """Types of those instances, and those that a what-if is about."""
    running = {instance["InstanceType"] for instance in instances(answers) if instance.get("InstanceType")}
    return running | set(answers.target.instance_types)


def vpcs(answers: Answers) -> set[str]:
    """VPCs of the task subnets, of their load balancers and target groups, and of the container instances."""
    subnets = {subnet["VpcId"] for subnet in answers.entries("ec2:DescribeSubnets") if subnet.get("VpcId")}
    balanced = {row["VpcId"] for row in _used_target_groups(answers) if row.get("VpcId")}
    return subnets | balanced | {instance["VpcId"] for instance in instances(answers) if instance.get("VpcId")}


def service_vpcs(answers: Answers) -> set[str]:
    """Of those, the VPCs of the subnets that services name and of the container instances: they are known early."""
    named = service_subnets(answers)
    subnets = {
        subnet["VpcId"]
        for subnet in answers.entries("ec2:DescribeSubnets")
        if subnet["SubnetId"] in named and subnet.get("VpcId")
    }
    return subnets | {instance["VpcId"] for instance in instances(answers) if instance.get("VpcId")}


def other_vpcs(answers: Answers) -> set[str]:
    """The rest of them: of tasks, launchers and load balancers alone."""
    return vpcs(answers) - service_vpcs(answers)


def other_subnets(answers: Answers) -> set[str]:
    """Subnets of tasks, launchers and load balancers that are not among those of the services' VPCs."""
    read = {subnet["SubnetId"] for subnet in answers.entries("ec2:DescribeSubnets")}
    return {*task_subnets(answers), *load_balancer_subnets(answers)} - service_subnets(answers) - read


def unread_groups(answers: Answers) -> Iterable[Params]:
    """Groups that a service names and that are in none of its VPCs: gone, or of another VPC."""
    read = {group["GroupId"] for group in answers.entries("ec2:DescribeSecurityGroups")}
    return filtered("group-id", task_groups(answers) - read)


def route_targets(answers: Answers, member: str, prefix: str) -> set[str]:
    """Ids with this prefix that routes hold in this member."""
    return {
        route[member]
        for table in answers.entries("ec2:DescribeRouteTables")
        for route in table.get("Routes", ())
        if str(route.get(member, "")).startswith(prefix)
    }


def unread_internet_gateways(answers: Answers) -> Iterable[Params]:
    """Internet gateways that a route names and that are attached to none of the VPCs."""
    read = {gateway["InternetGatewayId"] for gateway in answers.entries("ec2:DescribeInternetGateways")}
    return filtered("internet-gateway-id", route_targets(answers, "GatewayId", "igw-") - read)


def prefix_lists(answers: Answers) -> set[str]:
    """Prefix lists that a route or a group's rule names."""
    found = route_targets(answers, "DestinationPrefixListId", "pl-")
    for group in answers.entries("ec2:DescribeSecurityGroups"):
        for permission in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ())):
            found.update(item["PrefixListId"] for item in permission.get("PrefixListIds", ()) if "PrefixListId" in item)
    return found


def transit_gateways(answers: Answers) -> set[str]:
    """Transit gateways that a route leads to."""
    return route_targets(answers, "TransitGatewayId", "tgw-")


def transit_gateway_route_tables(answers: Answers) -> set[str]:
    """Route tables of those transit gateways."""
    return {table["TransitGatewayRouteTableId"] for table in answers.entries("ec2:DescribeTransitGatewayRouteTables")}


def dhcp_options(answers: Answers) -> set[str]:
    """DHCP option sets of the VPCs; the word `default` stands for none and cannot be described."""
    found = {vpc["DhcpOptionsId"] for vpc in answers.entries("ec2:DescribeVpcs") if vpc.get("DhcpOptionsId")}
    return found - {"default"}


def target_groups(answers: Answers) -> set[str]:
    """ARNs of the target groups that services register their tasks with."""
    return {
        balancer["targetGroupArn"]
        for service in answers.entries("ecs:DescribeServices")
        for holder in (service, *service.get("taskSets", ()))
        for balancer in holder.get("loadBalancers", ())
        if balancer.get("targetGroupArn")
    }


def has_target_groups(answers: Answers) -> bool:
    """Whether any service stands behind an Application or Network Load Balancer."""
    return bool(target_groups(answers))


def _used_target_groups(answers: Answers) -> list[Entry]:
    """The target groups of services among all those of the Region."""
    used = target_groups(answers)
    return [row for row in answers.entries("elbv2:DescribeTargetGroups") if row.get("TargetGroupArn") in used]


def load_balancers(answers: Answers) -> set[str]:
    """ARNs of the load balancers in front of services."""
    return {arn for row in _used_target_groups(answers) for arn in row.get("LoadBalancerArns", ())}


def load_balancer_subnets(answers: Answers) -> set[str]:
    """Subnets of those load balancers, which may lie in other VPCs than the tasks."""
    used = load_balancers(answers)
    return {
        zone["SubnetId"]
        for row in answers.entries("elbv2:DescribeLoadBalancers")
        if row.get("LoadBalancerArn") in used
        for zone in row.get("AvailabilityZones", ())
        if zone.get("SubnetId")
    }


# Which settings and roles matter.


def settings_of_caller(answers: Answers) -> Iterable[Params]:
    """The account settings that matter: trunking always, dual stack where a subnet has an IPv6 block."""
    yield {"name": "awsvpcTrunking", "effectiveSettings": True}
    if any(subnet.get("Ipv6CidrBlockAssociationSet") for subnet in answers.entries("ec2:DescribeSubnets")):
        # Not in botocore's enumeration of names, which botocore does not enforce: the API takes it.
        yield {"name": "dualStackIPv6", "effectiveSettings": True}


def trunking_is_in_doubt(answers: Answers) -> bool:
    """Whether somebody switched trunking on and an instance has no trunk: then its role's own value matters."""
    wanted = any(
        setting.get("name") == "awsvpcTrunking" and setting.get("value") == "enabled"
        for setting in answers.entries("ecs:ListAccountSettings")
    )
    trunks = [
        any(attribute.get("name") == "ecs.awsvpc-trunk-id" for attribute in instance.get("attributes", ()))
        for instance in answers.entries("ecs:DescribeContainerInstances")
    ]
    return (wanted or any(trunks)) and not all(trunks)


def instance_profiles(answers: Answers) -> Iterable[Params]:
    """Instance profiles to look into, where the role in them matters."""
    if not trunking_is_in_doubt(answers):
        return ()
    arns = {
        instance["IamInstanceProfile"]["Arn"]
        for instance in instances(answers)
        if (instance.get("IamInstanceProfile") or {}).get("Arn")
    }
    return each("InstanceProfileName", {arn.rsplit("/", 1)[-1] for arn in arns})


def settings_of_roles(answers: Answers) -> Iterable[Params]:
    """`awsvpcTrunking` as it holds for each instance role, where that is in doubt."""
    if not trunking_is_in_doubt(answers):
        return ()
    roles = {
        role["Arn"]
        for profile in answers.entries("iam:GetInstanceProfile")
        for role in profile.get("Roles", ())
        if role.get("Arn")
    }
    return each("principalArn", roles, name="awsvpcTrunking", effectiveSettings=True)


def by_cluster(answers: Answers, listing: str, key: str) -> Iterable[tuple[str, list[str]]]:
    """What a listing found, by the cluster it was asked about."""
    groups: dict[str, list[str]] = {}
    for entry in answers.entries(listing):
        groups.setdefault(entry["cluster"], []).append(entry[key])
    return sorted(groups.items())


def block_public_access(answers: Answers) -> Iterable[Params]:
    """Asked for where a subnet does not say itself what Block Public Access does to it (AWS's subnets do)."""
    silent = any(not subnet.get("BlockPublicAccessStates") for subnet in answers.entries("ec2:DescribeSubnets"))
    return ({},) if silent else ()


def block_public_access_exclusions(answers: Answers) -> Iterable[Params]:
    """Asked for where something is blocked, for there is nothing to exclude from otherwise."""
    blocked = any(
        options.get("InternetGatewayBlockMode") not in {None, "off"}
        for options in answers.entries("ec2:DescribeVpcBlockPublicAccessOptions")
    )
    return ({},) if blocked else ()
