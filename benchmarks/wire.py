"""AWS's wire formats, the way back: from a result to the bytes that botocore parses."""

from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import msgspec

REQUEST_ID = "00000000-1111-4222-8333-444444444444"


def body_of(model: Any, result: dict[str, Any]) -> bytes:
    """The body of a response.

    Args:
        model: botocore's model of the operation.
        result: the members of the result, in API spelling, times in RFC 3339.
    """
    protocol = model.service_model.resolved_protocol
    if protocol in {"json", "rest-json"}:
        return msgspec.json.encode(_json(model.output_shape, result))
    members = _members(model.output_shape, result, ec2=protocol == "ec2")
    namespace = model.service_model.metadata.get("xmlNamespace", "https://route53.amazonaws.com/doc/2013-04-01/")
    if protocol == "ec2":
        inner = f"<requestId>{REQUEST_ID}</requestId>{members}"
    elif protocol == "rest-xml":
        inner = members
    elif protocol == "query":
        wrapper = model.output_shape.serialization["resultWrapper"]
        inner = (
            f"<{wrapper}>{members}</{wrapper}><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
        )
    else:
        raise NotImplementedError(protocol)
    return f'<{model.name}Response xmlns="{namespace}">{inner}</{model.name}Response>'.encode()


def _json(shape: Any, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            return {name: _json(shape.members[name], member) for name, member in value.items()}
        case "list":
            return [_json(shape.member, member) for member in value]
        case "timestamp":
            return datetime.fromisoformat(value).timestamp()
        case _:
            return value


def _members(shape: Any, value: dict[str, Any], *, ec2: bool) -> str:
    return "".join(
        _element(_tag(shape.members[name], name), shape.members[name], member, ec2=ec2)
        for name, member in value.items()
        if member is not None
    )


def _tag(shape: Any, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _element(tag: str, shape: Any, value: Any, *, ec2: bool) -> str:
    match shape.type_name:
        case "structure":
            text = _members(shape, value, ec2=ec2)
        case "list":
            item = _tag(shape.member, "item" if ec2 else "member")
            text = "".join(_element(item, shape.member, member, ec2=ec2) for member in value)
        case "boolean":
            text = "true" if value else "false"
        case _:
            text = escape(str(value))
    return f"<{tag}>{text}</{tag}>"
