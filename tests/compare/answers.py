"""What a service would answer: random output that fits a model, written as its protocol says.

answer() gives (status, headers, body) for a value of the output's shape, error() for one of an
error's. Written from the descriptions of the protocols, not from those who read them.
"""

import base64
import calendar
import json
import math
import struct
from email.utils import formatdate
from xml.sax.saxutils import escape

FORMS = ("query", "ec2")
REQUEST_ID = "01234567-89ab-cdef-0123-456789abcdef"
BREAKS = {"\r": "&#xD;", '"': "&quot;"}


def xml_text(text):
    return escape(text, BREAKS)


def name_of(shape, default):
    return shape.serialization.get("name", default)


def iso8601(value):
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if value.microsecond else "%Y-%m-%dT%H:%M:%SZ"
    return value.strftime(form)


def epoch(value):
    seconds = calendar.timegm(value.timetuple())
    return seconds + value.microsecond / 1e6 if value.microsecond else seconds


def http_date(value):
    return formatdate(calendar.timegm(value.timetuple()), usegmt=True)


def timestamp(value, shape, default):
    form = shape.serialization.get("timestampFormat", default)
    return {"iso8601": iso8601, "unixtimestamp": epoch, "rfc822": http_date}[form.lower()](value)


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def scalar_text(value, shape, times):
    kind = shape.type_name
    if kind == "timestamp":
        return str(timestamp(value, shape, times))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "blob":
        return base64.b64encode(value).decode()
    return value if isinstance(value, str) else str(number(value))


# ---- JSON and CBOR


def json_value(value, shape):
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return value
    if kind == "structure":
        return {
            name_of(shape.members[key], key): json_value(inner, shape.members[key])
            for key, inner in value.items()
        }
    if kind == "list":
        return [json_value(item, shape.member) for item in value]
    if kind == "map":
        return {key: json_value(inner, shape.value) for key, inner in value.items()}
    if kind == "timestamp":
        return timestamp(value, shape, "unixtimestamp")
    return scalar_text(value, shape, None) if kind == "blob" else number(value)


def cbor_head(major, count):
    for size, code in ((24, None), (1 << 8, ">B"), (1 << 16, ">H"), (1 << 32, ">I")):
        if count < size:
            extra = {None: 0, ">B": 24, ">H": 25, ">I": 26}[code]
            if code is None:
                return bytes([major << 5 | count])
            return bytes([major << 5 | extra]) + struct.pack(code, count)
    return bytes([major << 5 | 27]) + struct.pack(">Q", count)


def cbor_text(text):
    return cbor_head(3, len(text.encode())) + text.encode()


def cbor_value(value, shape):
    kind = shape.type_name
    if kind == "structure":
        parts = [cbor_text(k) + cbor_value(v, shape.members[k]) for k, v in value.items()]
        return cbor_head(5, len(parts)) + b"".join(parts)
    if kind == "map":
        parts = [cbor_text(k) + cbor_value(v, shape.value) for k, v in value.items()]
        return b"\xbf" + b"".join(parts) + b"\xff"
    if kind == "list":
        return cbor_head(4, len(value)) + b"".join(cbor_value(v, shape.member) for v in value)
    if kind == "blob":
        return cbor_head(2, len(value)) + value
    if kind == "timestamp":
        return b"\xc1\xfb" + struct.pack(">d", epoch(value))
    if kind == "boolean":
        return b"\xf5" if value else b"\xf4"
    if kind in ("integer", "long"):
        return cbor_head(0, value) if value >= 0 else cbor_head(1, -1 - value)
    if kind in ("double", "float"):
        return b"\xfb" + struct.pack(">d", value)
    return cbor_text(value)


# ---- XML


class Xml:
    """The three protocols that answer in XML."""

    def __init__(self, ec2=False):
        self.ec2 = ec2

    def element(self, name, value, shape):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(name, value, shape)
        if kind == "list":
            return self.list(name, value, shape)
        if kind == "map":
            return self.map(name, value, shape)
        return f"<{name}>{xml_text(scalar_text(value, shape, 'iso8601'))}</{name}>"

    def structure(self, name, value, shape):
        attributes = ""
        for key, inner in value.items():
            member = shape.members[key]
            if member.serialization.get("xmlAttribute"):
                text = xml_text(scalar_text(inner, member, "iso8601"))
                text = text.replace("\n", "&#xA;").replace("\t", "&#x9;")
                attributes += f' {name_of(member, key)}="{text}"'
        space = shape.serialization.get("xmlNamespace")
        if isinstance(space, dict) and space.get("prefix"):
            attributes = f' xmlns:{space["prefix"]}="{space["uri"]}"' + attributes
        return f"<{name}{attributes}>{self.members(value, shape)}</{name}>"

    def members(self, value, shape):
        written = ""
        for key, inner in value.items():
            member = shape.members[key]
            if not member.serialization.get("xmlAttribute") and not location_of(member):
                written += self.element(name_of(member, key), inner, member)
        return written

    def list(self, name, value, shape):
        item = shape.member
        if shape.serialization.get("flattened"):
            name = item.serialization.get("name", name)
            return "".join(self.element(name, inner, item) for inner in value)
        inner_name = name_of(item, "item" if self.ec2 else "member")
        items = "".join(self.element(inner_name, inner, item) for inner in value)
        return f"<{name}>{items}</{name}>"

    def map(self, name, value, shape):
        key_name, value_name = name_of(shape.key, "key"), name_of(shape.value, "value")
        flat = shape.serialization.get("flattened")
        entries = [
            self.element(key_name, key, shape.key) + self.element(value_name, inner, shape.value)
            for key, inner in value.items()
        ]
        if flat:
            return "".join(f"<{name}>{entry}</{name}>" for entry in entries)
        return f"<{name}>{''.join(f'<entry>{entry}</entry>' for entry in entries)}</{name}>"


# ---- Answers


def location_of(member):
    return member.serialization.get("location")


def without_locations(value, shape):
    return {k: v for k, v in value.items() if not location_of(shape.members[k])}


def header_text(value, shape):
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    if shape.type_name == "list":
        return ",".join(header_text(item, shape.member) for item in value)
    return scalar_text(value, shape, "rfc822")


def located(value, shape):
    """The status, if a member is that, and the headers that members are in."""
    status, headers = None, []
    for key, inner in value.items():
        member = shape.members[key]
        where, name = location_of(member), name_of(member, key)
        if where == "header":
            headers.append([name, header_text(inner, member)])
        elif where == "headers":
            start = member.serialization.get("name", "")
            headers += [[start + k, header_text(v, member.value)] for k, v in inner.items()]
        elif where == "statusCode":
            status = inner
    return status, headers


def rest_body(value, shape, is_xml, root):
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if payload not in value:
            return b""
        if member.type_name == "blob":
            return value[payload]
        if member.type_name == "string":
            return value[payload].encode()
        if is_xml:
            name = member.serialization.get("name", payload)
            return Xml().element(name, value[payload], member).encode()
        return json.dumps(json_value(value[payload], member)).encode()
    kept = without_locations(value, shape)
    if is_xml:
        return Xml().element(root, kept, shape).encode() if kept else b""
    return json.dumps(json_value(kept, shape)).encode()


def answer(operation, protocol, value):
    """(status, headers, body) of a success."""
    shape, name = operation.output_shape, operation.name
    status, headers = operation.http.get("responseCode", 200), [["x-amzn-RequestId", REQUEST_ID]]
    if shape is None and protocol not in FORMS:
        return status, headers, b"{}" if protocol == "json" else b""
    if protocol in ("rest-json", "rest-xml"):
        said, more = located(value, shape)
        body = rest_body(value, shape, protocol == "rest-xml", shape.name)
        return said or status, headers + more, body
    if protocol == "json":
        body = json.dumps(json_value(value, shape)).encode()
    elif protocol == "smithy-rpc-v2-cbor":
        headers.append(["smithy-protocol", "rpc-v2-cbor"])
        body = cbor_value(value, shape)
    elif protocol == "ec2":
        members = Xml(ec2=True).members(value, shape) if shape else ""
        body = (
            f'<{name}Response xmlns="http://ec2.amazonaws.com/doc/"><requestId>{REQUEST_ID}'
            f"</requestId>{members}</{name}Response>"
        ).encode()
    else:
        result = ""
        if shape:
            wrapper = shape.serialization.get("resultWrapper", name + "Result")
            result = f"<{wrapper}>{Xml().members(value, shape)}</{wrapper}>"
        body = (
            f'<{name}Response xmlns="https://example.com/doc/">{result}<ResponseMetadata>'
            f"<RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{name}Response>"
        ).encode()
    return status, headers, body


def code_of(shape):
    return shape.metadata.get("error", {}).get("code", shape.name)


def error(protocol, service, shape, value):
    """(status, headers, body) of an error of this shape."""
    declared = shape.metadata.get("error", {})
    status = declared.get("httpStatusCode", 400)
    headers = [["x-amzn-RequestId", REQUEST_ID]]
    code = code_of(shape)
    if protocol in ("json", "rest-json"):
        if protocol == "rest-json":
            headers += [["x-amzn-ErrorType", code + ":http://internal.amazon.com/coral/"]]
            headers += located(value, shape)[1]
        kept = without_locations(value, shape) if protocol == "rest-json" else value
        written = json_value(kept, shape)
        if protocol == "json":
            written["__type"] = "com.example.service#" + code
        return status, headers, json.dumps(written).encode()
    if protocol == "smithy-rpc-v2-cbor":
        head = [["smithy-protocol", "rpc-v2-cbor"]]
        body = cbor_value(value, shape)
        count = len(value) + 1
        members = body[len(cbor_head(5, len(value))) :]
        named = cbor_text("__type") + cbor_text("com.example.service#" + shape.name)
        return status, headers + head, cbor_head(5, count) + named + members
    said = [key for key in value if key.lower() == "message"]  # services write it <Message>
    members = Xml(ec2=protocol == "ec2").members(
        {key: inner for key, inner in value.items() if key not in said}, shape
    )
    message = xml_text(value[said[0]]) if said else "of the wrapper"
    inner = f"<Code>{code}</Code><Message>{message}</Message>{members}"
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors>"
        return status, headers, f"{body}<RequestID>{REQUEST_ID}</RequestID></Response>".encode()
    if service == "s3":
        return (
            status,
            headers,
            f"<Error>{inner}<RequestId>{REQUEST_ID}</RequestId></Error>".encode(),
        )
    body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
    return status, headers, f"{body}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>".encode()
