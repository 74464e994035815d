"""Versions of the container agent, compared as numbers."""

import re
from typing import NamedTuple

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])")


class AgentVersion(NamedTuple):
    """A version of the Amazon ECS container agent: `1.28.1` is less than `1.100.0`."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str | None) -> "AgentVersion | None":
        """The version in `versionInfo.agentVersion`, with or without a suffix (`1.15.0-4`, `1.89.0-dev`).

        Returns:
            ``None`` where there is none or where it is no version: then nothing can be said of it.
        """
        match = _VERSION.match((text or "").strip())
        return cls(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


AWSVPC_LINUX = AgentVersion(1, 15, 0)
"""First Linux agent for awsvpc tasks."""
TRUNKING = AgentVersion(1, 28, 1)
"""First agent that AWS supports ENI trunking with."""
IPV6 = AgentVersion(1, 45, 0)
"""First agent that gives task ENIs IPv6 addresses."""
AWSVPC_WINDOWS = AgentVersion(1, 54, 0)
"""First Windows agent for awsvpc tasks."""
METRICS_WINDOWS = AgentVersion(1, 57, 1)
"""First Windows agent that sends CloudWatch metrics of awsvpc tasks."""
