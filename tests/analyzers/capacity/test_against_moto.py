"""The model beside the emulator's own placement, where that follows AWS: CPU, memory and ports of `RunTask`."""

from typing import Any

import boto3
import msgspec
import pytest
from moto import mock_aws

from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.model import tables
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.snapshot import ScopeSnapshot

REGION = "us-east-1"


def read(client: Any, cluster: str, service: str) -> Scope:
    """What ECS answers about the cluster, as a scope."""
    arns = client.list_container_instances(cluster=cluster)["containerInstanceArns"]
    hosts = client.describe_container_instances(cluster=cluster, containerInstances=arns)["containerInstances"]
    (cluster_row,) = client.describe_clusters(clusters=[cluster])["clusters"]
    (service_row,) = client.describe_services(cluster=cluster, services=[service])["services"]
    definition = client.describe_task_definition(taskDefinition=service_row["taskDefinition"])["taskDefinition"]
    task_arns = client.list_tasks(cluster=cluster)["taskArns"]
    tasks = client.describe_tasks(cluster=cluster, tasks=task_arns)["tasks"] if task_arns else []
    rows: dict[tables.TableSpec[Any], list[Any]] = {
        tables.CLUSTERS: [cluster_row],
        tables.SERVICES: [service_row],
        tables.TASK_DEFINITIONS: [definition],
        tables.TASKS: tasks,
        tables.CONTAINER_INSTANCES: [host | {"clusterArn": cluster_row["clusterArn"]} for host in hosts],
    }
    return Scope(
        ScopeSnapshot(
            account="123456789012",
            region=REGION,
            responses={spec.file_stem: msgspec.json.encode({spec.result_key: row}) for spec, row in rows.items()},
        )
    )


@pytest.mark.parametrize(
    "container",
    [
        pytest.param({"cpu": 1024, "memory": 512}, id="CPU binds: 4,096 units, four tasks"),
        pytest.param({"cpu": 1, "memory": 2000}, id="memory binds: 7,482 MiB, three tasks"),
        pytest.param({"cpu": 5000, "memory": 512}, id="no instance is large enough"),
        pytest.param(
            {"cpu": 1, "memory": 64, "portMappings": [{"containerPort": 80, "hostPort": 8080}]},
            id="a fixed host port: one task on an instance",
        ),
    ],
)
def test_as_many_tasks_as_the_emulator_places(container: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        ec2 = boto3.client("ec2", region_name=REGION)
        client = boto3.client("ecs", region_name=REGION)
        client.create_cluster(clusterName="prod")
        (image,) = ec2.describe_images(Owners=["amazon"])["Images"][:1]
        for instance in ec2.run_instances(ImageId=image["ImageId"], MinCount=2, MaxCount=2)["Instances"]:
            document = f'{{"instanceId": "{instance["InstanceId"]}"}}'
            client.register_container_instance(cluster="prod", instanceIdentityDocument=document)
        client.register_task_definition(
            family="app", networkMode="bridge", containerDefinitions=[{"name": "app", "image": "nginx", **container}]
        )
        client.create_service(
            cluster="prod", serviceName="api", taskDefinition="app", desiredCount=20, launchType="EC2"
        )
        before = capacity_of(Cluster(read(client, "prod", "api"), "prod"))
        placed = 0
        for _ in range(20):
            try:
                placed += len(client.run_task(cluster="prod", taskDefinition="app", count=1)["tasks"])
            except Exception:  # noqa: BLE001 - moto raises a bare Exception where no instance has room
                break
    (api,) = before.placement
    assert (api.requested, api.placeable) == (20, placed)
