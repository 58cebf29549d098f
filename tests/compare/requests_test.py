#!/usr/bin/env python3
"""The same parameters make the same requests in botocore and in inia.

usage: requests_test.py [--all] [--seed N] [--per-service N] [--show N] [SERVICE[.OPERATION] ...]

Of every service some operations (--per-service; --all: each one) get random parameters that fit the
model. Method, URL, headers and body must be the same, byte for byte but for JSON's and CBOR's
freedoms; and botocore's signer must give our request the signature it has.
"""

import argparse
import base64
import collections
import hashlib
import json
import os
import random
import re
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import botocore  # noqa: F401
except ImportError:
    print("SKIP: botocore is not installed: tools/setup --for-tests could not have it")
    sys.exit(77)
import peer  # noqa: E402
import values  # noqa: E402

# Of the program, of the moment, or of the transport.
HEADERS_APART = {
    "user-agent",
    "x-amz-user-agent",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "x-amz-date",
    "authorization",
    "date",
    "host",
    "content-length",
}
OF_THE_BODY = re.compile(r"x-amz-content-sha256|x-amz-checksum-\w+|content-md5")
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
FRACTION = re.compile(rb"(T\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d+?)0+Z")
EMPTY_ELEMENT = re.compile(rb"<(\w+)([^<>]*[^<>/])?></\1>")
JSON_PROTOCOLS, FORM_PROTOCOLS = ("json", "rest-json"), ("query", "ec2")

# What may differ in every request, since both ways of writing mean the same.
FREEDOMS = """\
  forms: a space is %20 or +; "; charset=utf-8" is said or not (Smithy's protocols: %20, not said)
  a query that is empty has a ? or none
  fractions of a second: as many digits as there are (Smithy) or six (botocore)
  payloads of bytes, text or XML say their content type (Smithy) or nothing
  XML: <a></a> or <a />; what parsers would take for an end of line is a reference or itself
  headers: fractions of a second are there (Smithy) or cut off (botocore)
  SigV2: the order of what it adds
  JSON: white space, and whether characters are escaped"""
SAID_OR_NOT = (None, "application/octet-stream", "application/xml", "text/plain")
REFERENCES = {
    b"&#xD;": b"\r",
    b"&#xA;": b"\n",
    b"&#x85;": b"\xc2\x85",
    b"&#x2028;": b"\xe2\x80\xa8",
}
DATE_IN_HEADER = re.compile(r"(\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+Z")


def as_compared(data):
    """Without random tokens and what FREEDOMS allows anywhere."""
    if isinstance(data, str):
        return as_compared(data.encode()).decode()
    return FRACTION.sub(rb"\1Z", UUID.sub(b"a-random-uuid-of-thirty-six-letters!", data))


def xml_as_compared(body):
    for reference, character in REFERENCES.items():
        body = body.replace(reference, character)
    return EMPTY_ELEMENT.sub(rb"<\1\2 />", body)


def form_as_compared(body):
    """What SigV2 adds may come in any order; its moment is apart, and with it the signature."""
    pairs = body.split(b"&")
    if b"SignatureVersion=2" not in pairs:
        return body
    first = next(i for i, pair in enumerate(pairs) if pair.startswith(b"AWSAccessKeyId="))
    added = sorted(p for p in pairs[first:] if not p.startswith((b"Timestamp=", b"Signature=")))
    return pairs[:first] + added


def sigv2_of(body):
    """The moment and the signature in a form; None: there is none."""
    pairs = dict(pair.split(b"=", 1) for pair in body.split(b"&") if b"=" in pair)
    return (pairs.get(b"Timestamp"), pairs.get(b"Signature")) if b"Signature" in pairs else None


def url_in_body_as_compared(body):
    """Presigned at another moment; its parameters in any order."""
    name = b"PresignedUrl=" if b"PresignedUrl=" in body else b"PreSignedUrl="
    start, found, url = body.partition(name)
    url, _, rest = url.partition(b"&")
    parts = sorted(
        part for part in url.split(b"%26") if not re.match(rb"X-Amz-(Date|Signature|Cred)", part)
    )
    return start + found + b"%26".join(parts) + b"&" + rest


def body_as_compared(request, protocol):
    body = request.body
    if request.headers.get("content-encoding") == "gzip":
        body = zlib.decompress(body, 31)
    body = as_compared(body)
    if protocol in FORM_PROTOCOLS:
        return form_as_compared(url_in_body_as_compared(body.replace(b"+", b"%20")))
    if protocol == "rest-xml":
        return xml_as_compared(body)
    if protocol in JSON_PROTOCOLS and body[:1] in (b"{", b"["):
        try:
            return json.loads(body, object_pairs_hook=lambda pairs: ["object", *map(list, pairs)])
        except ValueError:
            return body
    return body


def header_as_compared(value):
    """JSON in base64 may be escaped or not; dates are cut off at the second."""
    try:
        return json.dumps(json.loads(base64.b64decode(value, validate=True)))
    except ValueError:
        return DATE_IN_HEADER.sub(r"\1Z", as_compared(value))


def headers_as_compared(request):
    kept = {
        name: header_as_compared(value)
        for name, value in request.headers.items()
        if name not in HEADERS_APART
    }
    content_type = kept.get("content-type")
    if content_type in SAID_OR_NOT:
        kept.pop("content-type", None)
    else:
        kept["content-type"] = content_type.replace("; charset=utf-8", "")
    return kept


def wrong_in_itself(request):
    """What a request says of its own body must be so."""
    length = request.headers.get("content-length")
    if int(length or 0) != len(request.body):
        yield "content-length", length, len(request.body)
    digest = request.headers.get("x-amz-content-sha256", "")
    if len(digest) == 64 and digest != hashlib.sha256(request.body).hexdigest():
        yield "x-amz-content-sha256", digest, hashlib.sha256(request.body).hexdigest()


def differences(ours, its, protocol):
    if ours.method != its.method:
        yield "method", ours.method, its.method
    if as_compared(ours.url).rstrip("?") != as_compared(its.url).rstrip("?"):
        yield "url", ours.url, its.url
    if ours.headers.get("host") != peer.host_of(its.url):
        yield "host", ours.headers.get("host"), peer.host_of(its.url)
    mine, other = headers_as_compared(ours), headers_as_compared(its)
    for name in sorted({*mine, *other}):
        follows = OF_THE_BODY.fullmatch(name) and ours.body != its.body
        if follows and (name in mine) == (name in other):
            continue
        if mine.get(name) != other.get(name):
            yield "header " + name, mine.get(name), other.get(name)
    if body_as_compared(ours, protocol) != body_as_compared(its, protocol):
        yield "body", ours.body, its.body
    yield from wrong_in_itself(ours)
    mine, other = (
        [sigv2_of(one.body) for one in (ours, its)] if protocol == "query" else (None, None)
    )
    if mine and other and mine[0] == other[0] and mine[1] != other[1]:
        yield "signature", mine, other
    if ours.scope() != its.scope():
        yield "scope", ours.scope(), its.scope()
    elif (ours.scope() or "").startswith("AWS4-HMAC-SHA256"):
        mine, other = peer.signature_by_botocore(ours)
        if mine != other:
            yield "signature", mine, other


# What inia does otherwise, and why: service.operation, the kind of difference, the reason.
KNOWN = [
    (r"s3\..*", r"botocore refuses FlexibleChecksumError", "checksums botocore does not have"),
    (
        r"codeartifact\.PublishPackageVersion",
        r"x-amz-content-sha256|signature",
        "a digest among the parameters, which random ones do not have right",
    ),
    (
        r"signin\.CreateOAuth2TokenWithTokenExchange",
        r"scope",
        "the operation's model says noAuth; botocore heeds the endpoint's rules",
    ),
    (
        r"s3\.WriteGetObjectResponse",
        r"header x-amz-content-sha256",
        "its model says that the payload is unsigned; botocore signs it where it can",
    ),
    (r"machinelearning\.Predict", r".*", "botocore fails"),
    (r"s3\..*", r"header expect", "only of large bodies"),
    (r"timestream-.*|dynamodb.DescribeEndpoints", r".*", "endpoint discovery comes first"),
]


def known(where, kind):
    for name, kinds, reason in KNOWN:
        if re.fullmatch(name, where.split("/")[0]) and re.fullmatch(kinds, kind):
            return reason
    return None


class Comparison:
    def __init__(self, options):
        self.options = options
        self.session = peer.Session()
        self.speaker = peer.Speaker("requests")
        self.same = collections.Counter()
        self.refused = self.differing = 0
        self.kinds = collections.Counter()
        self.left_out = collections.Counter()
        self.examples = []

    def operations(self, model, service):
        named = [n.split(".")[1] for n in self.options.names if n.startswith(service + ".")]
        every = [
            n for n in model.operation_names if not has_event_stream(model.operation_model(n))
        ]
        if named:
            return named
        if self.options.all or len(every) <= self.options.per_service:
            return every
        return random.Random(f"{self.options.seed}/{service}").sample(
            every, self.options.per_service
        )

    def compare_service(self, service):
        s3 = {"us_east_1_regional_endpoint": "regional"}
        client = self.session.client(service, config={"s3": s3})
        model = client.meta.service_model
        for operation in self.operations(model, service):
            for turn in range(self.options.turns):
                self.compare_operation(client, model, service, operation, turn)

    def compare_operation(self, client, model, service, operation, turn):
        shape = model.operation_model(operation).input_shape
        maker = values.Maker(f"{self.options.seed}/{service}/{operation}/{turn}")
        params = maker.params(shape)
        question = {"service": service, "operation": operation, "region": "us-east-1"}
        streamed = streaming_member(shape)
        written = dict(params)
        if streamed in params:
            body = written.pop(streamed)
            question["body"] = base64.b64encode(body).decode()
        answer = self.speaker.ask(**question, params=values.to_json(written))
        try:
            its = peer.caught_request(client, operation, params)
        except Exception as why:  # botocore's own word against these parameters
            its = why
        self.judge(f"{service}.{operation}/{turn}", model.resolved_protocol, answer, its)

    def judge(self, where, protocol, answer, its):
        good = answer["status"] == "INIA_OK"
        if isinstance(its, Exception):
            if not good:
                self.refused += 1
                return
            found = [(f"botocore refuses {type(its).__name__}", answer["url"], str(its))]
        elif not good:
            found = [("inia refuses", answer["status"] + " " + answer["detail"], its.url)]
        else:
            found = list(differences(peer.Request.of_inia(answer), its, protocol))
        unknown = []
        for kind, mine, other in found:
            reason = known(where, kind)
            if reason:
                self.left_out[reason] += 1
            else:
                unknown.append((kind, mine, other))
        found = unknown
        if not found:
            self.same[protocol] += 1
            return
        self.differing += 1
        for kind, mine, other in found:
            self.kinds[f"{protocol}: {kind}"] += 1
            self.examples.append((where, kind, mine, other))

    def report(self):
        for protocol, count in sorted(self.same.items()):
            print(f"{protocol}: {count} the same")
        print("may differ in all of them:\n" + FREEDOMS)
        for reason, count in self.left_out.most_common():
            print(f"  known to differ: {reason}: {count}")
        for kind, count in self.kinds.most_common():
            print(f"  differs: {kind}: {count}")
        for where, kind, mine, other in self.examples[: self.options.show]:
            print(f"FAILED: {where}: {kind}")
            print(f"    inia     {mine!r:.1500}\n    botocore {other!r:.1500}")
        print(
            f"{sum(self.same.values())} the same, {self.refused} refused by both, "
            f"{self.differing} differ"
        )


def has_event_stream(operation):
    return operation.has_event_stream_input


def streaming_member(shape):
    """The member whose bytes are the whole body, streamed or not to be parsed."""
    if shape is None:
        return None
    name = shape.serialization.get("payload")
    member = shape.members.get(name)
    if member is not None and member.type_name == "blob" and member.serialization.get("streaming"):
        return name
    return None


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--per-service", type=int, default=8)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def main():
    options = read_options()
    peer.clean_environment()
    comparison = Comparison(options)
    services = sorted({name.split(".")[0] for name in options.names})
    start = time.monotonic()
    for service in services or comparison.session.services():
        comparison.compare_service(service)
    comparison.report()
    print(f"in {time.monotonic() - start:.0f} s")
    ended = comparison.speaker.close()
    sys.exit(1 if comparison.differing or ended else 0)


if __name__ == "__main__":
    main()
