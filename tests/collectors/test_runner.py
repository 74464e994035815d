"""The runner: everything once, what fails is written down, and the rest goes on."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ReadTimeoutError

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.account import CLUSTER as DEMO_CLUSTER
from awsvpc_audit.demo.emulator import REGION
from awsvpc_audit.errors import CollectError, NotFoundError
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing, NotCollectedError
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.tables import BY_OPERATION
from tests.collectors.scripted import ACCOUNT, CLUSTER, ScriptedSession, refused, services
from tests.emulator_faults import FaultyAws

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
IN_ONE_SUBNET = {
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"]}},
    "taskDefinition": "web:1",
}
SUBNET = {"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a", "CidrBlock": "10.0.0.0/24"}]}


def run(session: ScriptedSession, *clusters: str, **options: Any) -> Collected:
    return collect(session.as_session(), Target(clusters or ("prod",)), clock=lambda: NOON, **options)


def scope_of(collected: Collected) -> Scope:
    return Model.of(collected.snapshot).scopes[0]


def missing(collected: Collected) -> dict[str, Missing]:
    return {each.operation: each for each in collected.collection.missing}


def live(aws: FaultyAws) -> Session:
    return Session(SessionOptions(region=REGION, endpoint_url=aws.endpoint_url))


def demo(aws: FaultyAws, **options: Any) -> Collected:
    return collect(live(aws), Target((DEMO_CLUSTER,)), clock=lambda: NOON, **options)


class TestWhatIsAsked:
    """Once, whole, and in the largest portions."""

    def test_a_list_that_comes_in_pages_is_read_to_its_end(self, aws: FaultyAws) -> None:
        whole = demo(aws).snapshot
        aws.page_size = 1
        paged = demo(aws).snapshot
        assert dict(paged.files()) == dict(whole.files())

    def test_the_same_call_is_never_made_twice(self, aws: FaultyAws) -> None:
        demo(aws)
        made = Counter((r.operation, msgspec.json.encode(r.parameters, order="sorted")) for r in aws.requests)
        assert [call for call, times in made.items() if times > 1] == []

    @pytest.mark.parametrize("count", [1, 10, 11, 25])
    def test_services_are_described_ten_at_a_time(self, count: int) -> None:
        session = ScriptedSession(services(*(f"s{n:02}" for n in range(count))))
        collected = run(session)
        assert collected.collection.calls_by_operation["ecs:DescribeServices"] == -(-count // 10)
        assert len(scope_of(collected).services) == count

    def test_running_and_stopped_tasks_are_listed(self) -> None:
        session = ScriptedSession({})
        run(session)
        asked = session.parameters_of("ecs:ListTasks")
        assert sorted(each["desiredStatus"] for each in asked) == ["RUNNING", "STOPPED"]

    def test_only_the_clusters_vpcs_are_read(self) -> None:
        session = ScriptedSession(services("web", **IN_ONE_SUBNET) | {"ec2:DescribeSubnets": SUBNET})
        run(session)
        for operation in ("ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"):
            filters = session.parameters_of(operation)[0]["Filters"]
            assert filters == [{"Name": "vpc-id", "Values": ["vpc-a"]}]

    def test_of_a_cluster_without_anything_no_network_is_read(self) -> None:
        collected = run(ScriptedSession({}))
        assert not any(name.startswith("ec2:") for name in collected.collection.calls_by_operation)
        assert collected.collection.missing == ()
        assert list(scope_of(collected).subnets) == [], "there are none, and that is known"

    def test_every_cluster_of_the_region_where_none_is_named(self) -> None:
        session = ScriptedSession({})
        collected = collect(session.as_session(), Target())
        assert collected.snapshot.scopes[0].clusters == ("prod",)
        assert session.parameters_of("ecs:DescribeClusters")[0]["clusters"] == [CLUSTER]

    def test_calls_are_counted_page_by_page(self, aws: FaultyAws) -> None:
        aws.page_size = 2
        collected = demo(aws)
        assert collected.collection.calls_by_operation == dict(sorted(aws.calls.items()))
        assert collected.collection.api_calls == aws.calls.total()


class TestWhatFails:
    """A gap with a name, and nothing else lost."""

    def test_a_denied_operation_is_missing_and_the_rest_is_there(self, aws: FaultyAws) -> None:
        aws.deny("ec2:DescribeNatGateways")
        collected = demo(aws)
        gap = missing(collected)["ec2:DescribeNatGateways"]
        assert (gap.error, gap.resources) == ("AccessDenied", ())
        scope = scope_of(collected)
        assert len(scope.services) == 6
        with pytest.raises(NotCollectedError) as signal:
            list(scope.table(BY_OPERATION["ec2:DescribeNatGateways"]))
        assert signal.value.operations == ("ec2:DescribeNatGateways",)

    @pytest.mark.parametrize(
        ("listing", "described"),
        [
            ("ecs:ListServices", "ecs:DescribeServices"),
            ("ecs:ListTasks", "ecs:DescribeTasks"),
            ("ecs:ListContainerInstances", "ecs:DescribeContainerInstances"),
        ],
    )
    def test_a_denied_listing_leaves_what_it_leads_to_unknown(
        self, aws: FaultyAws, listing: str, described: str
    ) -> None:
        aws.deny(listing)
        collected = demo(aws)
        gap = missing(collected)[described]
        assert (gap.error, gap.because) == ("NotCollected", (listing,))
        assert missing(collected)[listing].error == "AccessDenied"
        with pytest.raises(NotCollectedError) as signal:
            list(scope_of(collected).table(BY_OPERATION[described]))
        assert signal.value.operations[0] == listing

    def test_a_denied_description_of_the_cluster_does_not_say_that_there_is_none(self, aws: FaultyAws) -> None:
        aws.deny("ecs:DescribeClusters")
        collected = demo(aws)
        assert missing(collected)["ecs:DescribeClusters"].resources == (DEMO_CLUSTER,)
        assert len(scope_of(collected).services) == 6

    def test_where_one_request_of_several_fails_only_its_subjects_are_unknown(self) -> None:
        answers = services(*(f"s{n:02}" for n in range(20)))
        describe = answers["ecs:DescribeServices"]

        def second_batch_denied(params: dict[str, Any]) -> Any:
            if params["services"][0].endswith("s10"):
                raise refused("ecs:DescribeServices", "AccessDeniedException")
            return describe(params)

        collected = run(ScriptedSession(answers | {"ecs:DescribeServices": second_batch_denied}))
        table = scope_of(collected).services
        arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/prod/"
        assert len(table.known()) == 10
        assert table.get(f"{arn}s00") is not None
        assert table.get(f"{arn}other") is None
        with pytest.raises(NotCollectedError):
            table.get(f"{arn}s15")
        with pytest.raises(NotCollectedError):
            list(table)

    def test_what_vanished_since_it_was_listed_is_no_gap(self) -> None:
        gone = {"services": [], "failures": [{"arn": "arn:service/gone", "reason": "MISSING"}]}
        collected = run(ScriptedSession(services("gone") | {"ecs:DescribeServices": gone}))
        assert collected.collection.missing == ()
        assert list(scope_of(collected).services) == []

    def test_any_other_failure_of_one_thing_is_a_gap(self) -> None:
        failed = {"tasks": [], "failures": [{"arn": "arn:task/1", "reason": "ACCESS_DENIED", "detail": "no"}]}
        collected = run(ScriptedSession({"ecs:ListTasks": {"taskArns": ["arn:task/1"]}, "ecs:DescribeTasks": failed}))
        assert missing(collected)["ecs:DescribeTasks"] == Missing(
            operation="ecs:DescribeTasks", error="ACCESS_DENIED", message="no", resources=("arn:task/1",)
        )
        with pytest.raises(NotCollectedError):
            list(scope_of(collected).tasks)

    @pytest.mark.parametrize(
        ("break_it", "error"),
        [
            pytest.param(FaultyAws.throttle, "Throttled", id="throttled to the end"),
            pytest.param(FaultyAws.break_down, "InternalError", id="a page of HTML with status 500"),
            pytest.param(FaultyAws.reset, "ConnectionError", id="connection reset"),
            pytest.param(FaultyAws.garble, "MalformedResponse", id="a body cut off"),
        ],
    )
    def test_every_way_to_fail_has_its_name(self, aws: FaultyAws, break_it: Any, error: str) -> None:
        break_it(aws, "ec2:DescribeRouteTables")
        assert missing(demo(aws))["ec2:DescribeRouteTables"].error == error

    def test_an_answer_that_does_not_come_is_a_timeout(self) -> None:
        late = ReadTimeoutError(endpoint_url="https://iam.amazonaws.com/")
        assert missing(run(ScriptedSession({"iam:GetRole": late})))["iam:GetRole"].error == "Timeout"

    def test_an_answer_that_leads_nowhere_is_a_gap_of_what_builds_on_it(self) -> None:
        answers = services("web", **IN_ONE_SUBNET | {"networkConfiguration": ["subnet-a"]})
        collected = run(ScriptedSession(answers))
        assert missing(collected)["ec2:DescribeSubnets"].error == "MalformedResponse"
        assert "ec2.DescribeSubnets" not in collected.snapshot.scopes[0].responses

    @pytest.mark.parametrize("break_it", [FaultyAws.throttle, FaultyAws.break_down, FaultyAws.reset, FaultyAws.garble])
    def test_a_cluster_that_cannot_be_described_is_audited_all_the_same(self, aws: FaultyAws, break_it: Any) -> None:
        break_it(aws, "ecs:DescribeClusters")
        collected = demo(aws)
        assert {each for each in missing(collected) if each.startswith("ecs:")} == {
            "ecs:DescribeClusters",
            "ecs:DescribeCapacityProviders",
        }
        assert len(scope_of(collected).services) == 6

    @pytest.mark.parametrize("break_it", [FaultyAws.break_down, FaultyAws.reset, FaultyAws.garble])
    def test_no_way_to_fail_costs_more_than_its_operation(self, aws: FaultyAws, break_it: Any) -> None:
        break_it(aws, "ecs:ListTasks")
        collected = demo(aws)
        assert {each for each in missing(collected) if each.startswith(("ecs:", "ec2:"))} == {
            "ecs:ListTasks",
            "ecs:DescribeTasks",
        }
        assert len(scope_of(collected).container_instances) == 2

    def test_pages_before_a_failing_one_are_no_answer(self) -> None:
        def second_page_denied(params: dict[str, Any]) -> Any:
            if "NextToken" in params:
                raise refused("ec2:DescribeSecurityGroups", "UnauthorizedOperation")
            return {"SecurityGroups": [{"GroupId": "sg-a", "VpcId": "vpc-a"}], "NextToken": "2"}

        session = ScriptedSession(
            services("web", **IN_ONE_SUBNET)
            | {"ec2:DescribeSubnets": SUBNET, "ec2:DescribeSecurityGroups": second_page_denied}
        )
        table = scope_of(run(session)).security_groups
        assert table.known() == ()
        with pytest.raises(NotCollectedError):
            table.get("sg-a")

    def test_a_role_that_does_not_exist_is_an_answer(self) -> None:
        collected = run(ScriptedSession({"iam:GetRole": refused("iam:GetRole", "NoSuchEntity", status=404)}))
        assert collected.collection.missing == ()
        assert scope_of(collected).roles.get("AWSServiceRoleForECS") is None

    def test_an_answer_of_an_unexpected_shape_is_a_gap(self) -> None:
        collected = run(ScriptedSession({"ecs:ListServices": {"serviceArns": "all of them"}, "iam:GetRole": {}}))
        assert missing(collected)["iam:GetRole"].error == "MalformedResponse"

    def test_an_unreachable_service_that_is_not_ecs_costs_only_itself(self, aws: FaultyAws) -> None:
        aws.reset("iam:GetRole")
        aws.reset("sts:GetCallerIdentity")
        collected = demo(aws)
        assert {"iam:GetRole", "sts:GetCallerIdentity"} <= set(missing(collected))
        assert {each for each in missing(collected) if each.startswith(("ecs:", "ec2:"))} == set()
        assert collected.snapshot.scopes[0].account == ACCOUNT, "told by the ARNs"


class TestWhatEndsTheRun:
    """Only what leaves nothing to audit."""

    def test_an_unknown_cluster_with_near_matches(self, aws: FaultyAws) -> None:
        with pytest.raises(NotFoundError) as error:
            collect(live(aws), Target(("prd",)))
        assert str(error.value) == (f'no cluster "prd" in {REGION} of {ACCOUNT}. Did you mean prod? (clusters: prod)')

    def test_a_deleted_cluster(self) -> None:
        deleted = {"clusters": [{"clusterArn": CLUSTER, "clusterName": "prod", "status": "INACTIVE"}]}
        with pytest.raises(NotFoundError, match='no cluster "prod"'):
            run(ScriptedSession({"ecs:DescribeClusters": deleted, "ecs:ListClusters": {"clusterArns": []}}))

    def test_an_unknown_cluster_that_only_the_listing_of_services_tells_of(self) -> None:
        answers = {
            "ecs:DescribeClusters": refused("ecs:DescribeClusters", "AccessDeniedException"),
            "ecs:ListServices": refused("ecs:ListServices", "ClusterNotFoundException"),
        }
        with pytest.raises(NotFoundError, match=r'no cluster "prd" .* Did you mean prod\?'):
            run(ScriptedSession(answers), "prd")

    def test_an_unknown_cluster_where_listing_is_denied(self) -> None:
        answers = {
            "ecs:DescribeClusters": {"clusters": [], "failures": [{"arn": "prd", "reason": "MISSING"}]},
            "ecs:ListClusters": refused("ecs:ListClusters", "AccessDeniedException"),
        }
        with pytest.raises(NotFoundError, match=r'no cluster "prd" in us-east-1 of 123456789012\.$'):
            run(ScriptedSession(answers), "prd")

    def test_a_cluster_that_vanishes_while_all_are_read_is_no_gap(self) -> None:
        collected = collect(
            ScriptedSession({"ecs:ListServices": refused("ecs:ListServices", "ClusterNotFoundException")}).as_session(),
            Target(),
        )
        assert collected.collection.missing == ()

    def test_nothing_listens_at_the_endpoint(self) -> None:
        nowhere = Session(SessionOptions(region=REGION, endpoint_url="http://127.0.0.1:9"))
        with pytest.raises(CollectError):
            collect(nowhere, Target(("prod",)))

    def test_everything_is_denied(self, aws: FaultyAws) -> None:
        aws.deny("*")
        with pytest.raises(CollectError, match=r"ecs:DescribeClusters failed \(AccessDenied\).*iam-policy"):
            demo(aws)

    @pytest.mark.parametrize(
        "code", ["UnrecognizedClientException", "ExpiredTokenException", "InvalidSignatureException"]
    )
    def test_aws_does_not_accept_the_credentials(self, aws: FaultyAws, code: str) -> None:
        aws.error("*", code)
        with pytest.raises(CollectError, match=f"does not accept the credentials .{code}"):
            demo(aws)

    def test_there_are_no_credentials(self, aws: FaultyAws, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        with pytest.raises(CollectError, match="no AWS credentials found"):
            demo(aws)

    def test_the_region_is_no_region(self, aws: FaultyAws) -> None:
        del aws
        with pytest.raises(CollectError, match=r"no such Region: .*us east"):
            collect(Session(SessionOptions(region="us east")), Target(("prod",)))

    def test_an_interrupt_ends_the_run_without_further_calls(self) -> None:
        class Interrupted:
            def update(self, *, done: int, known: int, resources: int) -> None:
                del known, resources
                if done >= 2:
                    raise KeyboardInterrupt

        session = ScriptedSession(services(*(f"s{n}" for n in range(50))))
        with pytest.raises(KeyboardInterrupt):
            run(session, progress=Interrupted(), concurrency=1)
        calls = len(session.calls)
        time.sleep(0.05)
        assert len(session.calls) <= calls + 1


class TestTheMachine:
    """Bounds, order and progress."""

    @pytest.mark.parametrize("workers", [1, 4])
    def test_no_more_calls_at_once_than_allowed(self, workers: int) -> None:
        lock, running, most = threading.Lock(), [0], [0]
        answers = services(*(f"s{n:03}" for n in range(100)))
        describe = answers["ecs:DescribeServices"]

        def slow(params: dict[str, Any]) -> Any:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.01)
            with lock:
                running[0] -= 1
            return describe(params)

        run(ScriptedSession(answers | {"ecs:DescribeServices": slow}), concurrency=workers)
        assert most[0] == workers

    def test_the_order_in_which_answers_come_does_not_show(self) -> None:
        names = [f"s{n:02}" for n in range(60)]
        answers = services(*names, **IN_ONE_SUBNET) | {"ec2:DescribeSubnets": SUBNET}
        describe = answers["ecs:DescribeServices"]
        seen: set[tuple[tuple[str, bytes], ...]] = set()
        for seed in range(4):
            chance = random.Random(seed)  # noqa: S311 - shuffles, guards nothing

            def late(params: dict[str, Any], chance: random.Random = chance) -> Any:
                time.sleep(chance.random() / 100)
                return describe(params)

            shuffled = answers | {"ecs:DescribeServices": late}
            seen.add(tuple(run(ScriptedSession(shuffled)).snapshot.files()))
        assert len(seen) == 1

    def test_progress_ends_where_all_is_done(self) -> None:
        told: list[tuple[int, int, int]] = []

        class Watching:
            def update(self, *, done: int, known: int, resources: int) -> None:
                told.append((done, known, resources))

        run(ScriptedSession(services("web")), progress=Watching())
        assert told == sorted(told)
        done, known, resources = told[-1]
        assert done == known
        assert resources > 0

    def test_when_it_was_read_is_said(self) -> None:
        collected = run(ScriptedSession({}))
        assert (collected.collection.started_at, collected.collection.finished_at) == (NOON, NOON)
        assert collected.collection.source == "live"


ON_DEMAND = {"cloudtrail:LookupEvents"}
"""Asked for by the timeline alone: what was not asked for is not known."""


@pytest.mark.parametrize(
    "operation",
    [o for o in OPERATIONS if o.table and not o.table.is_object and o.name not in ON_DEMAND],
    ids=lambda o: o.name,
)
def test_an_operation_that_was_never_needed_is_known_to_hold_nothing(operation: Any) -> None:
    table = scope_of(run(ScriptedSession({}))).table(operation.table)
    assert table.is_complete
