"""botocore as the other side of the comparisons: its requests caught before they are sent, its
signatures made anew over requests of ours, and the program that speaks for inia."""

import base64
import datetime
import json
import os
import re
import subprocess
from urllib.parse import urlsplit

import botocore
import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

SOURCE = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
BUILD = os.environ.get("INIA_BUILD") or os.path.join(SOURCE, "build/release")
ACCESS_KEY, SECRET_KEY = "AKIAINIATESTKEY00001", "inia/test+secret/0123456789abcdef"


def clean_environment():
    """Nothing of this machine's own AWS set-up may have a say; both read botocore's own models."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
        INIA_MODELS=os.path.join(os.path.dirname(botocore.__file__), "data"),
    )


# They take paths as they are and sign the payload's hash as a header.
S3_NAMES = ("s3", "s3express", "s3-object-lambda", "s3-outposts")


class Caught(Exception):
    def __init__(self, request):
        super().__init__("caught before it was sent")
        self.request = request


class Session:
    """Makes clients that throw Caught instead of sending."""

    def __init__(self):
        self.session = botocore.session.Session()

    def services(self):
        return self.session.get_available_services()

    def client(self, service, region="us-east-1", sends=False, **more):
        config = Config(
            parameter_validation=True,
            retries={"mode": "standard", "total_max_attempts": 1},
            **more.pop("config", {}),
        )
        client = self.session.create_client(
            service,
            region_name=region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=config,
            **more,
        )
        if not sends:
            client.meta.events.register("before-send", throw_caught)
        return client


def throw_caught(request, **_):
    raise Caught(request)


def caught_request(client, operation, params):
    """What botocore would have sent; its own errors are raised."""
    try:
        client._make_api_call(operation, params)
    except Caught as caught:
        return Request.of_botocore(caught.request)
    raise AssertionError("nothing was sent")


class Request:
    def __init__(self, method, url, headers, body):
        self.method, self.url, self.body = method, url, body
        self.headers = {name.lower(): value for name, value in headers}

    @staticmethod
    def of_botocore(prepared):
        body = prepared.body
        if body is None:
            body = b""
        if hasattr(body, "read"):
            body = body.read()
        if isinstance(body, str):
            body = body.encode()
        headers = [
            (name, value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
            for name, value in prepared.headers.items()
        ]
        return Request(prepared.method, prepared.url, headers, body)

    @staticmethod
    def of_inia(answer):
        return Request(
            answer["method"], answer["url"], answer["headers"], base64.b64decode(answer["body"])
        )

    def scope(self):
        """Algorithm, region and service as signed; None: it is not signed."""
        authorization = self.headers.get("authorization", "")
        found = re.match(r"(AWS4\S+) Credential=[^/]+/\d+/(\S+?)/aws4_request", authorization)
        if found:
            return found[1] + " " + found[2]
        return authorization.split(" ")[0] or None

    def signed_headers(self):
        found = re.search(r"SignedHeaders=([^,]+)", self.headers.get("authorization", ""))
        return found[1].split(";") if found else []


def signature_by_botocore(request):
    """The signature botocore's own signer gives our request at our time: (ours, its)."""
    parts = request.scope().split(" ")[1].split("/")
    region, service = parts[0], parts[1]
    hashed = "x-amz-content-sha256" in request.headers
    is_s3 = hashed and service in S3_NAMES
    signer_class = botocore.auth.S3SigV4Auth if is_s3 else botocore.auth.SigV4Auth
    signed = request.signed_headers()
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in signed and name not in ("x-amz-date", "host")
    }
    again = AWSRequest(method=request.method, url=request.url, headers=headers, data=request.body)
    if hashed and request.headers.get("x-amz-content-sha256") == "UNSIGNED-PAYLOAD":
        again.context["payload_signing_enabled"] = False
        again.context["client_config"] = Config(s3={"payload_signing_enabled": False})
        again.context["checksum"] = {"request_algorithm": {"in": "header"}}
    at = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    kept = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda *_, **__: at
    try:
        signer_class(Credentials(ACCESS_KEY, SECRET_KEY), service, region).add_auth(again)
    finally:
        botocore.auth.get_current_datetime = kept
    return (
        request.headers["authorization"].rsplit("Signature=")[1],
        again.headers["Authorization"].rsplit("Signature=")[1],
    )


class Speaker:
    """inia's side: tests/compare/speaker.c."""

    def __init__(self, mode, environment=None):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests/compare/speaker"), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"speaker ended at {json.dumps(question)[:2000]}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        return self.process.wait(60)


def host_of(url):
    return urlsplit(url).netloc
