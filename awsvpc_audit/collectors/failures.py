"""What an exception from botocore means: a gap in the snapshot, or the end of the run."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from awsvpc_audit.model.credentials import without_credentials

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "NotAuthorized",
        "UnauthorizedOperation",
        "UnauthorizedException",
    }
)
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_LOGIN = "Set AWS_PROFILE or pass --profile; to try it without an account: awsvpc-audit demo"


def error_code(error: Exception) -> str:
    """The word for a failure in `collection.missing`: ours for the common ones, else AWS's own code."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "")) or "Unknown"
        if code in _DENIED:
            return "AccessDenied"
        if code in _THROTTLED:
            return "Throttled"
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status >= 500:
            return "InternalError"
        # Where the body of an error cannot be read, botocore takes the status for its code.
        return "MalformedResponse" if code == str(status) else code
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return "Timeout"
    if isinstance(error, ResponseParserError):
        return "MalformedResponse"
    if isinstance(error, HTTPClientError | EndpointConnectionError):
        return "ConnectionError"
    return type(error).__name__


def is_not_offered(error: Exception) -> bool:
    """Whether whoever answered does not know the operation: an emulator, or a partition that is without it.

    AWS says so in a code; emulators answer with a page of their web server.
    """
    if not isinstance(error, ClientError):
        return False
    metadata = error.response.get("ResponseMetadata", {})
    is_page = str(metadata.get("HTTPHeaders", {}).get("content-type", "")).startswith("text/html")
    is_code = error.response.get("Error", {}).get("Code") in {"UnknownOperationException", "InvalidAction"}
    return is_code or (is_page and metadata.get("HTTPStatusCode", 0) in {404, 405, 500, 501})


def error_message(error: Exception) -> str:
    """AWS's words, in one line of a length that can be shown, without credentials that they may quote."""
    if isinstance(error, ClientError):
        text = str(error.response.get("Error", {}).get("Message", "")) or str(error)
    else:
        text = str(error)
    line = without_credentials(" ".join(text.split()))
    return line if len(line) <= 500 else f"{line[:499]}…"


def fatal_reason(error: Exception) -> str | None:
    """What to tell the user where a failure means that nothing can be read at all; ``None`` for any other."""
    if isinstance(error, NoCredentialsError):
        return f"no AWS credentials found. {_LOGIN}"
    if isinstance(error, PartialCredentialsError):
        return f"incomplete AWS credentials: {error}. {_LOGIN}"
    if isinstance(error, ProfileNotFound):
        return f"{error}. `aws configure list-profiles` names the profiles there are"
    if isinstance(error, SSOError | TokenRetrievalError | UnauthorizedSSOTokenError):
        return f"the AWS SSO session has expired or is invalid: run `aws sso login` ({error})"
    if isinstance(error, InvalidRegionError):
        return f"no such Region: {error_message(error).rstrip('.')}; see --region and AWS_REGION"
    if isinstance(error, NoRegionError):
        return "no Region: pass --region, or set AWS_REGION or a region in the profile"
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return f"cannot reach AWS: {error_message(error).rstrip('.')}. Check the network, --endpoint-url and --region"
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        if code in _BAD_CREDENTIALS:
            return f"AWS does not accept the credentials ({code}): {error_message(error)}. {_LOGIN}"
        if error.operation_name == "AssumeRole":
            return f"the role cannot be assumed ({code}): {error_message(error)}"
        return None
    if isinstance(error, HTTPClientError):
        return f"cannot reach AWS: {error_message(error).rstrip('.')}. Check the network, --endpoint-url and --region"
    if isinstance(error, BotoCoreError) and "redentials" in type(error).__name__:
        return f"no usable AWS credentials: {error}. {_LOGIN}"
    return None
