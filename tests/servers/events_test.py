#!/usr/bin/env python3
"""Streams of events on the command line: S3 Select of MinIO and moto, and every operation whose
response is such a stream beside botocore, which reads the same bytes."""

import base64
import datetime
import http.server
import json
import os
import random
import struct
import sys
import tempfile
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import (  # noqa: E402
    ACCESS_KEY,
    DEPS,
    REGION,
    SECRET_KEY,
    Minio,
    Moto,
    Report,
    Unavailable,
    client_environment,
    inia,
)

try:
    import botocore.exceptions
    import botocore.session
    from botocore.config import Config
except ImportError:
    botocore = None

report = Report()
SEED = 20
os.environ.setdefault("INIA_MODELS", os.path.join(DEPS, "models"))

# ---- S3 Select ------------------------------------------------------------------------------


def select_from(server, name):
    rows = "".join(f"{i},name-{i}\n" for i in range(2000))
    inia(server, "call", "s3", "CreateBucket", "Bucket=bucket", "--path-style")
    with tempfile.NamedTemporaryFile() as file:
        file.write(("id,name\n" + rows).encode())
        file.flush()
        put = ["PutObject", "Bucket=bucket", "Key=rows.csv", "--body", file.name]
        code, _, err = inia(server, "call", "s3", *put, "--path-style")
    report.check(code == 0, f"{name}: PutObject", err)
    parameters = {
        "Bucket": "bucket",
        "Key": "rows.csv",
        "ExpressionType": "SQL",
        "Expression": "SELECT * FROM S3Object s",
        "InputSerialization": {"CSV": {"FileHeaderInfo": "USE"}},
        "OutputSerialization": {"CSV": {}},
    }
    command = ["call", "s3", "SelectObjectContent", "--path-style", "--json"]
    code, out, err = inia(server, *command, json.dumps(parameters))
    if code and ("NotImplemented" in err or "MethodNotAllowed" in err):
        report.skip(f"{name} does not select: {err.strip()}")
        return
    report.check(code == 0, f"{name}: SelectObjectContent", err)
    lines = [json.loads(line) for line in out.splitlines()]
    records = [line["Records"]["Payload"] for line in lines if "Records" in line]
    got = b"".join(base64.b64decode(payload) for payload in records).decode()
    got = got.replace("\r\n", "\n")
    report.check(
        [line.split(",")[1] for line in got.split()] == [f"name-{i}" for i in range(2000)]
        or got == rows,
        f"{name}: all rows come",
        got[:300],
    )
    report.check(bool(lines) and lines[-2:] == [{"End": {}}, {}], f"{name}: End, then the output")
    parameters["Expression"] = "SELECT"
    code, out, err = inia(server, *command, json.dumps(parameters))
    report.check(code != 0, f"{name}: an expression that is none is refused", out)


# ---- Beside botocore ------------------------------------------------------------------------


def frame(headers, payload):
    fields = b""
    for key, value in headers:
        fields += bytes([len(key)]) + key.encode() + b"\7"
        fields += struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(fields) + len(payload), len(fields))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + fields + payload
    return message + struct.pack(">I", zlib.crc32(message))


class Replay:
    """Answers every request with the same bytes, in chunks or with a length."""

    name = "replay"

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                for name, value in outer.headers:
                    self.send_header(name, value)
                if outer.piece:
                    self.send_header("Transfer-Encoding", "chunked")
                else:
                    self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.write_body()

            def write_body(self):
                if not outer.piece:
                    self.wfile.write(outer.body)
                    return
                for at in range(0, len(outer.body), outer.piece):
                    part = outer.body[at : at + outer.piece]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # who met an error may hang up
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.headers, self.body, self.piece = [], b"", 0
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self, secret=SECRET_KEY):
        return client_environment(self.url, secret)


def text_for(chance, shape):
    if shape.enum:
        return shape.enum[0]
    least = shape.metadata.get("min") or 0
    return "".join(chance.choice("abc") for _ in range(max(least, 3)))


def number_for(chance, shape):
    least, most = shape.metadata.get("min") or 0, shape.metadata.get("max") or 100
    return chance.randint(int(least), int(most))


def value_for(chance, shape, required_only=False, depth=0):
    """A value of the shape, as Python has it."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return {}
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False):
            names = [chance.choice(names)]
        elif required_only or depth > 6:
            names = [name for name in names if name in shape.required_members]
        return {
            name: value_for(chance, shape.members[name], required_only, depth + 1)
            for name in names
        }
    if kind == "list":
        count = max(shape.metadata.get("min") or 0, 0 if depth > 6 else 1)
        return [value_for(chance, shape.member, required_only, depth + 1) for _ in range(count)]
    if kind == "map":
        if depth > 6:
            return {}
        return {text_for(chance, shape.key): value_for(chance, shape.value, False, depth + 1)}
    if kind == "string":
        return text_for(chance, shape)
    if kind == "blob":
        return bytes(chance.randrange(256) for _ in range(5))
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "timestamp":
        return datetime.datetime.fromtimestamp(chance.randrange(2**31), datetime.timezone.utc)
    if kind in ("float", "double"):
        return chance.randrange(1000) / 8
    return number_for(chance, shape)


def as_wire_json(shape, value):
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        return {
            shape.members[name].serialization.get("name", name): as_wire_json(
                shape.members[name], one
            )
            for name, one in value.items()
        }
    if kind == "list":
        return [as_wire_json(shape.member, one) for one in value]
    if kind == "map":
        return {key: as_wire_json(shape.value, one) for key, one in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        if shape.serialization.get("timestampFormat") == "iso8601":
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        return int(value.timestamp())
    return value


def as_wire_xml(name, value):
    if isinstance(value, dict):
        value = "".join(as_wire_xml(key, one) for key, one in value.items())
    return f"<{name}>{value}</{name}>"


def as_cli(value):
    """As the AWS CLI prints it."""
    if isinstance(value, dict):
        return {key: as_cli(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_cli(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat()
    return value


def event_frame(chance, service, kind, shape):
    headers = [(":message-type", "event"), (":event-type", kind)]
    value = value_for(chance, shape)
    for name, member in shape.members.items():
        if member.serialization.get("eventpayload"):
            shape, value = member, value[name]
            break
    if isinstance(value, bytes):
        return frame(headers, value)
    if isinstance(value, str):
        return frame(headers, value.encode())
    if service.metadata["protocol"] == "rest-xml":
        return frame(headers, as_wire_xml(shape.name, value).encode() if value else b"")
    return frame(headers, json.dumps(as_wire_json(shape, value)).encode())


def stream_of(chance, service, operation):
    stream = operation.get_event_stream_output()
    body, exceptions = b"", []
    if service.metadata["protocol"] == "json":
        headers = [(":message-type", "event"), (":event-type", "initial-response")]
        body += frame(headers, b"{}")
    for kind, shape in stream.members.items():
        if shape.metadata.get("exception"):
            exceptions.append((kind, shape))
        elif kind != "End":
            body += event_frame(chance, service, kind, shape)
    unknown = [(":message-type", "event"), (":event-type", "SomethingNew")]
    body += frame(unknown, b"?")
    if "End" in stream.members and service.service_name == "s3":
        body += event_frame(chance, service, "End", stream.members["End"])
    return body, exceptions


def head_of(chance, operation):
    """All of the initial response that goes into headers."""
    headers = [("Content-Type", "application/vnd.amazon.eventstream")]
    for member in operation.output_shape.members.values():
        if member.serialization.get("location") == "header":
            name = member.serialization["name"]
            if name.lower() != "content-type":
                headers.append((name, str(value_for(chance, member))))
    return headers


def ask_botocore(server, session, service, operation, parameters):
    client = session.create_client(
        service.service_name,
        region_name=REGION,
        endpoint_url=server.url,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            retries={"max_attempts": 0},
            inject_host_prefix=False,
            s3={"addressing_style": "path"},
            parameter_validation=False,
        ),
    )
    response = client._make_api_call(operation.name, parameters)
    name = operation.output_shape.event_stream_name
    lines, error = [], None
    try:
        for event in response[name]:
            lines.append(as_cli(event))
    except botocore.exceptions.EventStreamError as caught:
        error = caught.response["Error"]
    output = {k: as_cli(v) for k, v in response.items() if k not in (name, "ResponseMetadata")}
    return lines, output, error


def ask_inia(server, service, operation, parameters):
    code, out, err = inia(
        server,
        *["call", service.service_name, operation.name, "--path-style", "--max-attempts", "1"],
        *["--json", json.dumps(as_cli(parameters))],
    )
    lines = [json.loads(line) for line in out.splitlines()]
    return code, lines, err


def compare_events(chance, server, session, service, operation):
    what = f"{service.service_name} {operation.name}"
    parameters = value_for(chance, operation.input_shape, True)
    server.body, exceptions = stream_of(chance, service, operation)
    server.headers = head_of(chance, operation)
    server.piece = chance.choice([0, 1, 7, 1000])
    lines, output, error = ask_botocore(server, session, service, operation, parameters)
    code, got, err = ask_inia(server, service, operation, parameters)
    report.check(code == 0 and not error, f"{what}: is well", err)
    report.check(got == lines + [output], f"{what}: the same events", (got, lines, output))
    for kind, shape in exceptions:
        headers = [(":message-type", "exception"), (":exception-type", kind)]
        server.body += frame(headers, json.dumps({"message": "too bad"}).encode())
        lines, _, error = ask_botocore(server, session, service, operation, parameters)
        code, got, err = ask_inia(server, service, operation, parameters)
        report.check(code != 0 and got == lines, f"{what}: as many events before {kind}", got)
        report.check(
            err.strip().lower().startswith(f"inia: {error['Code']}: ".lower())
            and (error["Message"] or "too bad") in err,
            f"{what}: {kind}",
            (err, error),
        )
        break


def compare_all():
    session = botocore.session.get_session()
    session.set_config_variable("data_path", os.environ["INIA_MODELS"])
    chance, server, compared = random.Random(SEED), Replay(), 0
    for name in session.get_available_services():
        service = session.get_service_model(name)
        for operation in map(service.operation_model, service.operation_names):
            if not operation.has_event_stream_output or operation.has_event_stream_input:
                continue
            compare_events(chance, server, session, service, operation)
            compared += 1
    print(f"{compared} operations with streams of events, beside botocore")
    report.check(compared > 0, "there are operations with streams of events")


for kind in (Minio, Moto):
    try:
        with kind(False) as running:
            select_from(running, kind.name)
    except Unavailable as why:
        report.skip(str(why))
if botocore:
    compare_all()
else:
    report.skip("botocore is not installed: tools/setup --for-tests could not have it")
report.end()
