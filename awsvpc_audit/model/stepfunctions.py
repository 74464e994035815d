"""AWS Step Functions shapes. Field names are AWS's in snake_case."""

from datetime import datetime

import msgspec


class StateMachine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A state machine; of its definition, a text in JSON, a snapshot holds only the states that run ECS tasks."""

    state_machine_arn: str
    name: str | None = None
    status: str | None = None
    type: str | None = None
    definition: str | None = None
    creation_date: datetime | None = None
