"""Amazon CloudWatch Logs shapes, as its API answers them."""

from awsvpc_audit.model.ecs import Shape


class LogGroup(Shape, frozen=True, kw_only=True):
    log_group_name: str
    arn: str | None = None
