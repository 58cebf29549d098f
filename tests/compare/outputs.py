"""Values as botocore has them and as the AWS CLI prints them."""

import base64
import datetime

import values
from botocore.response import StreamingBody


def as_compared(value):
    """Numbers by their worth, special ones by name, which is how inia writes them."""
    if isinstance(value, dict):
        return {key: as_compared(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_compared(inner) for inner in value]
    if isinstance(value, StreamingBody):
        return values.to_json(value.read())
    if isinstance(value, (bytes, bytearray, float)):
        return values.to_json(value)
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def from_json(value, shape):
    """--cli-input-json as botocore's methods take it: blobs are bytes."""
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        return {key: from_json(inner, shape.members[key]) for key, inner in value.items()}
    if kind == "list":
        return [from_json(inner, shape.member) for inner in value]
    if kind == "map":
        return {key: from_json(inner, shape.value) for key, inner in value.items()}
    return base64.b64decode(value) if kind == "blob" else value
