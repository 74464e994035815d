"""A NAT instance that forwards: an old way out, and no fault."""

from tests.scenarios.account import accounts
from tests.scenarios.incidents.way_out import add_nat_instance


def test_one_that_forwards_is_nobodys_trouble() -> None:
    with accounts() as new_account:
        account = new_account()
        account.route("rtb-a", NetworkInterfaceId=add_nat_instance(account, checks=False))
        result = account.audit()
    assert result.diagnoses == ()
    assert {f"{f.check_id} {f.status}" for f in result.findings if f.status.value != "pass"} == {"END009 fail"}
