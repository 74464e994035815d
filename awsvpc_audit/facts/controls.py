"""Well-known controls that checks speak to, each with where its owner states it.

A check names the ids of those that it truly tests, wholly or in part; where none matches, it names none. A failing
check speaks against the control. A passing one does not prove it: a check looks at what ECS tasks need, a control at
more.
"""

from dataclasses import dataclass

WELL_ARCHITECTED = "AWS Well-Architected Framework"
FSBP = "AWS Foundational Security Best Practices v1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control.

    Attributes:
        id: unique here, and what findings show: `wellarchitected/REL02-BP01`, `fsbp/ECS.2`.
        framework: its owner's name of the catalogue.
        part: where in the catalogue: pillar and question, or the service.
        title: its owner's words.
        url: its owner's page.
    """

    id: str
    framework: str
    part: str
    title: str
    url: str

    @property
    def number(self) -> str:
        """As its owner numbers it: `REL02-BP01`."""
        return self.id.partition("/")[2]

    @property
    def label(self) -> str:
        """All of it in one line, as frameworks that evaluate controls of others write them."""
        return f"{self.framework} - {self.number} - {self.title}"


_PILLARS = "https://docs.aws.amazon.com/wellarchitected/latest"
_RELIABILITY = f"{_PILLARS}/reliability-pillar"
_EC2_CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html"

_ALL = (
    Control(
        id="wellarchitected/REL01-BP03",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 1. How do you manage service quotas and constraints?",
        title="Accommodate fixed service quotas and constraints through architecture",
        url=f"{_RELIABILITY}/rel_manage_service_limits_aware_fixed_limits.html",
    ),
    Control(
        id="wellarchitected/REL02-BP03",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 2. How do you plan your network topology?",
        title="Ensure IP subnet allocation accounts for expansion and availability",
        url=f"{_RELIABILITY}/rel_planning_network_topology_ip_subnet_allocation.html",
    ),
    Control(
        id="wellarchitected/REL07-BP01",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 7. How do you design your workload to adapt to changes in demand?",
        title="Use automation when obtaining or scaling resources",
        url=f"{_RELIABILITY}/rel_adapt_to_changes_autoscale_adapt.html",
    ),
    Control(
        id="wellarchitected/REL07-BP03",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 7. How do you design your workload to adapt to changes in demand?",
        title="Obtain resources upon detection that more resources are needed for a workload",
        url=f"{_RELIABILITY}/rel_adapt_to_changes_proactive_adapt_auto.html",
    ),
    Control(
        id="wellarchitected/REL10-BP01",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 10. How do you use fault isolation to protect your workload?",
        title="Deploy the workload to multiple locations",
        url=f"{_RELIABILITY}/rel_fault_isolation_multiaz_region_system.html",
    ),
    Control(
        id="wellarchitected/REL11-BP05",
        framework=WELL_ARCHITECTED,
        part="Reliability · REL 11. How do you design your workload to withstand component failures?",
        title="Use static stability to prevent bimodal behavior",
        url=f"{_RELIABILITY}/rel_withstand_component_failures_static_stability.html",
    ),
    Control(
        id="wellarchitected/COST08-BP02",
        framework=WELL_ARCHITECTED,
        part="Cost optimization · COST 8. How do you plan for data transfer charges?",
        title="Select components to optimize data transfer cost",
        url=f"{_PILLARS}/cost-optimization-pillar/cost_data_transfer_optimized_components.html",
    ),
    Control(
        id="fsbp/EC2.55",
        framework=FSBP,
        part="Amazon EC2",
        title="VPCs should be configured with an interface endpoint for ECR API",
        url=f"{_EC2_CONTROLS}#ec2-55",
    ),
    Control(
        id="fsbp/EC2.56",
        framework=FSBP,
        part="Amazon EC2",
        title="VPCs should be configured with an interface endpoint for Docker Registry",
        url=f"{_EC2_CONTROLS}#ec2-56",
    ),
)

CONTROLS: dict[str, Control] = {control.id: control for control in _ALL}
"""By id."""

RELATED: dict[str, str] = {
    "fsbp/ECS.2": (
        "A service should not get public addresses by itself. The reverse of NET002, which fails where a task in a "
        "public subnet has none; NET003 fails only where the address is of no use."
    ),
    "fsbp/ECS.9": "A task definition should configure logs. It does where SVC009 finds the configuration wrong.",
    "fsbp/ECS.10": "The latest Fargate platform version. AGT001 to AGT005 are about the agent of container instances.",
    "fsbp/ECS.16": "As ECS.2, for task sets.",
    "fsbp/EC2.17": (
        "An instance should not have several ENIs. One with awsvpc tasks always has; ENI002 is about those that ECS "
        "did not attach."
    ),
    "fsbp/EC2.57": "An endpoint for Systems Manager. END009 is about where images come from.",
    "fsbp/EC2.172": "VPC Block Public Access should block. The reverse of NET016.",
    "fsbp/EC2.180": "Source/destination checks should be on. The reverse of NET018: a NAT instance needs them off.",
    "fsbp/ELB.10": "As ELB.13, for Classic Load Balancers.",
    "fsbp/ELB.13": "A load balancer should span several zones. LBS003 compares its zones with those of the tasks.",
    "wellarchitected/SEC03-BP02": (
        "Least privilege: nothing allowed that is not needed. END007, SVC006 and SVC007 find what is needed and not "
        "allowed."
    ),
    "wellarchitected/SEC05-BP02": (
        "Only necessary traffic. NET009 to NET013, LBS004, LBS005, LBS008 and END003 find necessary traffic that is "
        "stopped."
    ),
}
"""What looks as if a check tested it, and why none does: ids of controls that no check may name."""
