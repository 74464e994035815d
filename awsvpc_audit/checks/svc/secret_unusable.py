"""SVC010."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.starting import Needed, Start, secrets_of
from awsvpc_audit.analyzers.symptoms import Symptom
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._starts import FailingStart, failing_starts
from awsvpc_audit.checks._subjects import task_definition_ref
from awsvpc_audit.facts.messages import Reading
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model.references import SecretReference


@check(
    id="SVC010",
    title="The secret was fetched, but it cannot be used",
    severity=Severity.HIGH,
    resource="secret",
    source="+",
    symptoms=("start.secrets",),
    proof=(
        "ecs:DescribeTasks stoppedReason",
        "ecs:DescribeServices events[].message",
        "ecs:DescribeTaskDefinition containerDefinitions[].secrets[].valueFrom",
    ),
    fix=(
        "Put the key that the task definition asks for into the secret's JSON value, or correct `valueFrom`: after the "
        "name of the secret come JSON key, version stage and version id, all three of them, empty where not wanted."
    ),
    commands=("aws secretsmanager describe-secret --secret-id {secret}",),
    references=(
        f"{DOCS_URL}/secrets-envvar-secrets-manager.html",
        f"{DOCS_URL}/resource-initialization-error.html",
    ),
    subjects=failing_starts,
)
def secret_unusable(subject: FailingStart, _context: Context) -> Iterator[Fault]:
    """The task got an answer from AWS Secrets Manager, and could not find in it what its definition asks for.

    So the way to the service is open and the role may read the secret. The value is no JSON, has not the key that is
    named, or the reference itself cannot be read.

    ## Why it happens
    A JSON key with a typing error, a secret that holds plain text while the task definition names a key, a rotation
    that stores other keys, or a `valueFrom` with a key but without the two colons after it.

    ## What it cannot see
    The value: it is never read. What is wrong is known from the text of the stopped task alone, and which secret it is
    about only where the text or the task definition leaves no choice.
    """
    start = subject.start
    for symptom in start.symptoms:
        reading = next((each for each in symptom.readings if "SVC010" in each.proves), None)
        if symptom.code == "start.secrets" and reading is not None:
            yield _fault(start, symptom, reading)


def _fault(start: Start, symptom: Symptom, reading: Reading) -> Fault:
    is_of_event = symptom.text.startswith(("(service", "service "))
    said = proof_of(
        "ecs:DescribeServices" if is_of_event else "ecs:DescribeTasks",
        start.ref.id,
        "events[].message" if is_of_event else "stoppedReason",
        symptom.text,
    )
    meaning = reading.message.meaning if reading.message else "The secret cannot be used"
    needed = _meant(start, reading)
    if needed is None:
        named = reading.carries.get("secret")
        resource = ResourceRef(type="secret", id=named) if named else task_definition_ref(start.definition)
        return Fault(detail=f"{resource.id}: {meaning}", evidence=(said,), resource=resource, affected=(start.ref,))
    reference = needed.thing
    return Fault(
        detail=f"{reference.name}: {meaning}; {start.definition.short_name} asks for {needed.value}",
        evidence=(
            said,
            proof_of("ecs:DescribeTaskDefinition", start.definition.short_name, needed.field, needed.value),
        ),
        resource=ResourceRef(type="secret", id=reference.name, arn=reference.identifier),
        affected=(start.ref,),
        values={"secret": reference.identifier},
    )


def _meant(start: Start, reading: Reading) -> Needed[SecretReference] | None:
    """The secret that a text is about, where only one can be meant."""
    secrets = [needed for needed in secrets_of(start.definition) if needed.thing.kind == "secret"]
    text = reading.carries.get("secret", "")
    key = reading.carries.get("reason", "").rstrip(".")
    is_format = reading.message is not None and reading.message.id == "secret-arn-format"
    for candidates in (
        [needed for needed in secrets if text and text.startswith(needed.thing.identifier)],
        [needed for needed in secrets if key and needed.thing.json_key == key],
        [needed for needed in secrets if is_format and not needed.thing.is_well_formed],
        [needed for needed in secrets if not is_format and needed.thing.json_key],
        secrets,
    ):
        if len({needed.thing.identifier for needed in candidates}) == 1:
            return candidates[0]
    return None
