"""What SARIF 2.1.0 demands of the parts of it that we write, from the text of the standard.

The official schema is not shipped by a package that the tests could depend on. This one is narrower: it allows only
the properties that the standard defines for each object, and of those only the ones we write.
"""

from typing import Any


def an_object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def an_array(items: Any, *, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


TEXT = {"type": "string", "minLength": 1}
BAG = {"type": "object"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
INDEX = {"type": "integer", "minimum": -1}
MESSAGE = an_object(("text",), text=TEXT)
UTC = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
LOGICAL_LOCATION = an_object((), name=TEXT, fullyQualifiedName=TEXT, kind=TEXT)
PHYSICAL_LOCATION = an_object(
    ("artifactLocation",),
    artifactLocation=an_object(("uri",), uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT),
    region=an_object((), startLine={"type": "integer", "minimum": 1}),
)
LOCATION = an_object((), logicalLocations=an_array(LOGICAL_LOCATION), physicalLocation=PHYSICAL_LOCATION)
RULE = an_object(
    ("id",),
    id=TEXT,
    shortDescription=MESSAGE,
    helpUri={"type": "string", "format": "uri"},
    defaultConfiguration=an_object((), level=LEVEL),
    properties=BAG,
)
RESULT = an_object(
    ("message",),
    ruleId=TEXT,
    ruleIndex=INDEX,
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=MESSAGE,
    locations=an_array(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions=an_array(
        an_object(
            ("kind",),
            kind={"enum": ["inSource", "external"]},
            status={"enum": ["accepted", "underReview", "rejected"]},
            justification={"type": "string"},
        )
    ),
    properties=BAG,
) | {
    # 3.27.10: a level other than "none" belongs to a result of kind "fail" alone.
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}},
    "then": {"properties": {"level": {"const": "none"}}},
}
NOTIFICATION = an_object(
    ("message",),
    descriptor=an_object(("id",), id=TEXT),
    associatedRule=an_object(("id",), id=TEXT, index=INDEX),
    level=LEVEL,
    message=MESSAGE,
    locations=an_array(LOCATION),
)
RUN = an_object(
    ("tool", "results"),
    tool=an_object(("driver",), driver=an_object(("name",), name=TEXT, version=TEXT, rules=an_array(RULE))),
    automationDetails=an_object((), id=TEXT),
    invocations=an_array(
        an_object(
            ("executionSuccessful",),
            executionSuccessful={"type": "boolean"},
            startTimeUtc=UTC,
            endTimeUtc=UTC,
            toolExecutionNotifications=an_array(NOTIFICATION),
        )
    ),
    originalUriBaseIds={"type": "object", "additionalProperties": an_object((), description=MESSAGE)},
    results=an_array(RESULT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    properties=BAG,
)
SARIF: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **an_object(
        ("version", "runs"),
        **{
            "$schema": {"type": "string", "format": "uri"},
            "version": {"const": "2.1.0"},
            "runs": an_array(RUN, least=1),
        },
    ),
}
