"""What an operation declaration says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from awsvpc_audit.model.gaps import iam_action
from awsvpc_audit.model.tables import TableSpec

Params = Mapping[str, Any]
Entry = dict[str, Any]
Response = Mapping[str, Any]
Computed = TypeVar("Computed")


@dataclass(frozen=True, slots=True)
class Target:
    """What to collect.

    Attributes:
        clusters: names or ARNs; empty for every cluster of the Region.
        instance_types: types to describe beside those that run, for a what-if.
        since: how far to look back at changes; ``None`` for as far as AWS remembers them.
        launches_since: the same for launches that failed.
    """

    clusters: tuple[str, ...] = ()
    instance_types: tuple[str, ...] = ()
    since: datetime | None = None
    launches_since: datetime | None = None


class Answers:
    """What has been read so far, as later requests see it."""

    def __init__(self, target: Target) -> None:
        """Nothing yet.

        Args:
            target: what to collect.
        """
        self.target = target
        self._entries: dict[str, list[Entry]] = {}
        self._computed: dict[str, Any] = {}
        self.cut: set[str] = set()
        """Asks (`operation/label`) of which some request was given up before its last page: see `Ask.enough`."""

    def entries(self, operation: str) -> list[Entry]:
        """Entries of an operation's answers, in the order of its requests."""
        return self._entries.get(operation, [])

    def add(self, operation: str, entries: Iterable[Entry]) -> None:
        """Take in what a request has brought."""
        self._entries.setdefault(operation, []).extend(entries)

    def once(self, name: str, compute: Callable[[], Computed]) -> Computed:
        """What several asks derive from the same answers, computed for the first of them.

        All of them must wait for the same operations, or the first would see less than the others should.
        """
        if name not in self._computed:
            self._computed[name] = compute()
        computed: Computed = self._computed[name]
        return computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How an operation hands out its answer in pages, at the largest page that the API allows.

    Sources: the API references, and botocore's service models.
    """

    token: str = "NextToken"  # noqa: S105 - the name of a member
    next_token: str | None = None
    limit: str | None = "MaxResults"
    size: int | str | None = 1000
    """A string where the API wants one (Route 53)."""
    beside: tuple[tuple[str, str], ...] = ()
    """Further tokens, request and response, that belong to the first one."""

    @property
    def answer_token(self) -> str:
        """The member of the response that holds the next token."""
        return self.next_token or self.token

    def tokens(self, response: Response) -> dict[str, Any]:
        """What to ask with for the next page; empty after the last."""
        if not response.get(self.answer_token):
            return {}
        named = ((self.token, self.answer_token), *self.beside)
        return {token: response[answer] for token, answer in named if response.get(answer)}


ECS_PAGES = Paging(token="nextToken", limit="maxResults", size=100)  # noqa: S106 - the name of a member
EC2_PAGES = Paging()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One reason to call an operation.

    Attributes:
        label: names it where another ask waits for this one alone: `ec2:DescribeSubnets/by-id`.
        after: operations (or single asks of them) whose answers say what to ask.
        also_after: operations that may add to what is asked. Where one of them fails, this ask misses nothing that
            anything else names, so it is no gap of this one.
        requests: the parameters of each request, from what has been read.
        annotate: members to add to each entry, from the request's parameters.
        enough: whether to leave it at the pages so far though there are more: of a request, its newest page, and how
            many there were.
        rest_by: the ask that reads what this one leaves off; where there is none, what is left off is a gap.
    """

    label: str
    requests: Callable[[Answers], Iterable[Params]]
    after: tuple[str, ...] = ()
    also_after: tuple[str, ...] = ()
    annotate: Callable[[Params], Entry] = field(default=lambda _params: {})
    enough: Callable[[Params, Response, int], bool] = field(default=lambda _params, _page, _pages: False)
    rest_by: str | None = None


XML_SERVICES = frozenset({"autoscaling", "ec2", "elb", "elbv2", "iam", "route53", "sts"})
"""Services that speak XML. Of the others botocore takes a body that is no JSON for an answer without any member."""


def entries_under(key: str, *, optional: bool) -> Callable[[Response], list[Entry]]:
    """Reads the list that a response holds under `key`; a single object there counts as a list of one.

    Where the member must be there and is not, reading raises `KeyError`: no answer must not look like an empty one.
    """

    def read(response: Response) -> list[Entry]:
        value = response.get(key) if optional else response[key]
        if value is None:
            return []
        return [value] if isinstance(value, dict) else list(value)

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One AWS operation that this program calls: declared once, used by the runner, the IAM policy and the docs.

    Attributes:
        name: `service:Operation`, with boto3's name of the service.
        asks: when and with what it is called.
        table: the table of the snapshot it fills; ``None`` for a listing that only leads to other calls.
        paging: ``None`` where it answers at once.
        entries: takes the entries out of a response; by default what lies under the table's key.
        result_key: the key, for listings.
        subjects: ids a request asks about, by its parameters: what stays unknown when just that request fails.
            Empty where the request asks for everything.
        lists_from: the listing whose gaps make this table incomplete.
        merge_on: entries with this member alike are one row, told in several calls.
        absent: error codes that answer "there is none" and are no gap.
        absent_texts: how messages begin that answer so, where the code alone says too little.
        is_asked_until_refused: whether one failure is enough to ask no more: of what is asked often and slowly, and is
            allowed as a whole or not at all.
        is_partial: whether an answer is only about what was asked, so that without a request nothing is known.
        why: for people who read the IAM policy.
    """

    name: str
    asks: tuple[Ask, ...]
    table: TableSpec[Any] | None = None
    paging: Paging | None = None
    entries: Callable[[Response], list[Entry]] | None = None
    result_key: str | None = None
    subjects: Callable[[Params], tuple[str, ...]] = lambda _params: ()
    lists_from: str | None = None
    merge_on: str | None = None
    absent: frozenset[str] = frozenset()
    absent_texts: tuple[str, ...] = ()
    is_asked_until_refused: bool = False
    is_partial: bool = False
    why: str

    @property
    def service(self) -> str:
        """The boto3 service."""
        return self.name.partition(":")[0]

    @property
    def api_name(self) -> str:
        """The operation's name in AWS's API."""
        return self.name.partition(":")[2]

    @property
    def action(self) -> str:
        """The IAM action that allows it."""
        return iam_action(self.name)

    def read(self, response: Response) -> list[Entry]:
        """The entries of a response."""
        if self.entries is not None:
            return self.entries(response)
        key = self.table.result_key if self.table else self.result_key or ""
        return entries_under(key, optional=self.service in XML_SERVICES)(response)


def one_under(key: str) -> Callable[[Response], list[Entry]]:
    """Reads the one object that a response holds under `key`."""
    return lambda response: [response[key]]


def ids_of(parameter: str) -> Callable[[Params], tuple[str, ...]]:
    """The ids a request asks about: its parameter of that name, a list or one id."""

    def subjects(params: Params) -> tuple[str, ...]:
        value = params[parameter]
        return (value,) if isinstance(value, str) else tuple(value)

    return subjects


def each(parameter: str, values: Iterable[str], **more: Any) -> Iterable[Params]:
    """One request for each value."""
    for value in sorted(values):
        yield {parameter: value, **more}


def batches(values: Iterable[str], size: int) -> Iterable[list[str]]:
    """Distinct values, sorted, in lists of at most `size`."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


FILTER_VALUES = 200
"""EC2 takes at most so many values in one filter (EC2 API reference, Filter)."""


def filtered(name: str, values: Iterable[str], *, member: str = "Filters") -> Iterable[Params]:
    """Requests that filter on these values. An id that is gone is simply not in the answer: no error for the batch."""
    for batch in batches(values, FILTER_VALUES):
        yield {member: [{"Name": name, "Values": batch}]}


def filter_values(params: Params) -> tuple[str, ...]:
    """The values of a request's one filter."""
    filters = params.get("Filters") or params.get("Filter") or []
    return tuple(value for each in filters for value in each["Values"])
