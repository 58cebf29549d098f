#!/usr/bin/env python3
"""How requests are signed, beside botocore: for operations of every way of signing that AWS has,
the same algorithm, key scope, regions and payload; and signatures that botocore's own signer makes
of the very request that inia signed."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import unittest
import unittest.mock
import urllib.parse

try:
    import awscrt.auth  # noqa: F401: without it botocore knows no SigV4a
    import botocore.auth
    import botocore.awsrequest
    import botocore.config
    import botocore.credentials
    import botocore.session
except ImportError:
    print("skipped: botocore with awscrt is not installed")
    sys.exit(77)

KEY = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "TOKEN/with=signs")
MRAP = "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap"
OUTPOST = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/ap"
LAMBDA = "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/mybanner"
STORE = "arn:aws:cloudfront::123456789012:key-value-store/u"
WEB = {
    "RoleArn": "arn:aws:iam::123456789012:role/role",
    "RoleSessionName": "name",
    "WebIdentityToken": "token",
}
OBJECT = {"Bucket": "bucket", "Key": "a key/with ~ and ü"}

# service, operation, parameters, region, environment
CASES = [
    ("s3", "GetObject", OBJECT, "us-west-2", {}),
    ("s3", "GetObject", OBJECT, "cn-north-1", {}),
    ("s3", "GetObject", {"Bucket": MRAP, "Key": "k"}, "us-west-2", {}),
    ("s3", "GetObject", {"Bucket": OUTPOST, "Key": "k"}, "us-west-2", {}),
    ("s3", "GetObject", {"Bucket": LAMBDA, "Key": "k"}, "us-west-2", {}),
    ("s3", "GetBucketLocation", {"Bucket": "bucket"}, "eu-west-1", {}),
    ("s3control", "ListJobs", {"AccountId": "123456789012"}, "us-west-2", {}),
    (
        "s3control",
        "GetBucket",
        {
            "AccountId": "123456789012",
            "Bucket": "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:bucket:b",
        },
        "us-west-2",
        {},
    ),
    ("sts", "GetCallerIdentity", {}, "us-west-2", {}),
    ("sts", "GetCallerIdentity", {}, "us-west-2", {"AWS_AUTH_SCHEME_PREFERENCE": "sigv4a"}),
    (
        "sts",
        "GetCallerIdentity",
        {},
        "us-west-2",
        {
            "AWS_AUTH_SCHEME_PREFERENCE": "foo, sigv4a",
            "AWS_SIGV4A_SIGNING_REGION_SET": "us-west-2,eu-west-1",
        },
    ),
    ("sts", "AssumeRoleWithWebIdentity", WEB, "us-west-2", {}),
    ("cognito-identity", "GetId", {"IdentityPoolId": "us-west-2:a"}, "us-west-2", {}),
    ("cognito-identity", "ListIdentityPools", {"MaxResults": 1}, "us-west-2", {}),
    ("sso", "ListAccounts", {"accessToken": "t"}, "us-west-2", {}),
    ("events", "PutEvents", {"EndpointId": "abc.def", "Entries": [{}]}, "us-west-2", {}),
    ("events", "PutEvents", {"Entries": [{}]}, "us-west-2", {}),
    (
        "events",
        "PutEvents",
        {"EndpointId": "abc.def", "Entries": [{}]},
        "us-west-2",
        {"AWS_SIGV4A_SIGNING_REGION_SET": "eu-north-1"},
    ),
    ("sesv2", "SendEmail", {"EndpointId": "abc.def", "Content": {}}, "us-west-2", {}),
    ("cloudfront-keyvaluestore", "DescribeKeyValueStore", {"KvsARN": STORE}, "us-west-2", {}),
    ("bedrock", "ListFoundationModels", {}, "us-west-2", {}),
    ("bedrock", "ListFoundationModels", {}, "us-west-2", {"AWS_BEARER_TOKEN_BEDROCK": "t"}),
    (
        "bedrock-runtime",
        "Converse",
        {"modelId": "arn:aws:bedrock:x/y:1"},
        "us-west-2",
        {"AWS_BEARER_TOKEN_BEDROCK": "t", "AWS_AUTH_SCHEME_PREFERENCE": "sigv4"},
    ),
    ("codecatalyst", "ListSpaces", {}, "us-west-2", {"AWS_BEARER_TOKEN_CODECATALYST": "t"}),
    ("sdb", "CreateDomain", {"DomainName": "a b*~"}, "us-east-1", {}),
    ("sdb", "ListDomains", {}, "us-west-2", {}),
    ("importexport", "ListJobs", {}, "us-east-1", {}),
    (
        "lex-runtime",
        "PostContent",
        {
            "botName": "b",
            "botAlias": "a",
            "userId": "user",
            "contentType": "text/plain",
            "inputStream": b"",
        },
        "us-west-2",
        {},
    ),
    ("iam", "ListUsers", {}, "us-west-2", {}),
    ("route53", "ListHostedZones", {}, "eu-west-1", {}),
    ("organizations", "ListRoots", {}, "eu-west-1", {}),
    ("emr", "ListClusters", {}, "us-west-2", {}),
    ("dynamodb", "ListTables", {}, "us-gov-west-1", {}),
    ("partnercentral-channel", "ListRelationships", {"catalog": "AWS"}, "us-east-1", {}),
    ("iot-data", "Publish", {"topic": "a/b c"}, "us-west-2", {}),
    ("apigatewaymanagementapi", "GetConnection", {"ConnectionId": "a=@b"}, "us-west-2", {}),
]


class Captured(Exception):
    pass


def environment(more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {**kept, **dict(zip(names, KEY)), "AWS_CONFIG_FILE": "/dev/null", **more}


def inia(verb, service, operation, params, region, more):
    command = [os.environ["INIA"], verb, service, operation, "--region", region]
    command += ["--no-verify-ssl"]
    for name, value in params.items():
        if name == "inputStream":
            continue
        command.append(f"{name}={value if isinstance(value, str) else json.dumps(value)}")
    if service == "apigatewaymanagementapi":
        command += ["--endpoint-url", "https://gateway.example/stage"]
    done = subprocess.run(command, env=environment(more), capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{service} {operation}: {done.stderr}")
    return done.stdout


def signed_by_inia(case):
    lines = inia("sign", *case).split("\n\n", 1)
    head = lines[0].splitlines()
    method, url = head[0].split(" ", 1)
    headers = dict(line.split(": ", 1) for line in head[1:])
    return method, url, headers, lines[1].rstrip("\n") if len(lines) > 1 else ""


def session(case):
    service, _, _, region, _ = case
    made = botocore.session.Session()
    url = "https://gateway.example/stage" if service == "apigatewaymanagementapi" else None
    return made.create_client(service, region_name=region, endpoint_url=url)


def caught_of(client, case):
    caught = []

    def catch(request, **_):
        caught.append(request)
        raise Captured

    client.meta.events.register("before-send", catch)
    method = next(py for py, name in client.meta.method_to_api_mapping.items() if name == case[1])
    try:
        getattr(client, method)(**case[2])
    except Captured:
        pass
    return caught[0]


def signed_by_botocore(case):
    with unittest.mock.patch.dict(os.environ, environment(case[4]), clear=True):
        request = caught_of(session(case), case)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, bytes):
        body = body.decode()
    return request.method, request.url, headers, body or ""


def proof(method, url, headers, body):
    """What is chosen, without what time and chance put in."""
    authorization = headers.get("authorization", "")
    scope = re.search(r"Credential=([^/]*)/\d{8}/([^,]*),", authorization)
    form = urllib.parse.parse_qs(body) if "SignatureVersion" in body else {}
    return {
        "host": urllib.parse.urlsplit(url).netloc,
        "algorithm": authorization.split(" ")[0],
        "bearer": authorization if authorization.startswith("Bearer") else "",
        "scope": scope.groups() if scope else (),
        "region set": headers.get("x-amz-region-set"),
        "token": headers.get("x-amz-security-token"),
        "payload": headers.get("x-amz-content-sha256"),
        "form": {
            name: form[name]
            for name in ("SignatureVersion", "SignatureMethod", "SecurityToken")
            if name in form
        },
    }


def sigv4_again(case, signed):
    """The signature that botocore's own code makes of inia's request at the time of it."""
    method, url, headers, body = signed
    credentials = botocore.credentials.Credentials(*KEY)
    service = re.search(r"Credential=[^/]*/\d+/([^/]*)/([^/]*)/", headers["authorization"])
    signer = botocore.auth.SigV4Auth
    if headers.get("x-amz-content-sha256") and service.group(2).startswith("s3"):
        signer = botocore.auth.S3SigV4Auth
    names = re.search(r"SignedHeaders=([^,]*)", headers["authorization"]).group(1).split(";")
    kept = {name: headers[name] for name in names}
    request = botocore.awsrequest.AWSRequest(method, url, kept, body.encode())
    request.context["timestamp"] = headers["x-amz-date"]
    made = signer(credentials, service.group(2), service.group(1))
    canonical = made.canonical_request(request)
    return made.signature(made.string_to_sign(request, canonical), request)


class Auth(unittest.TestCase):
    maxDiff = None

    def test_what_is_chosen_is_what_botocore_chooses(self):
        for case in CASES:
            with self.subTest(" ".join(case[:2]), environment=case[4]):
                self.assertEqual(proof(*signed_by_inia(case)), proof(*signed_by_botocore(case)))

    def test_botocore_signs_the_same_request_with_the_same_signature(self):
        checked = 0
        for case in CASES:
            signed = signed_by_inia(case)
            if not signed[2].get("authorization", "").startswith("AWS4-HMAC"):
                continue
            with self.subTest(" ".join(case[:2]), environment=case[4]):
                own = signed[2]["authorization"].rsplit("Signature=", 1)[1]
                self.assertEqual(own, sigv4_again(case, signed))
                checked += 1
        self.assertGreater(checked, 15)

    def test_version_2_covers_the_parameters_as_they_are_sent(self):
        for verb in ("sign", "presign"):
            if verb == "sign":
                method, url, _, body = signed_by_inia(
                    ("sdb", "CreateDomain", {"DomainName": "a b*~"}, "us-east-1", {})
                )
            else:
                url = inia(
                    verb, "sdb", "CreateDomain", {"DomainName": "a b*~"}, "us-east-1", {}
                ).strip()
                method, body = "GET", urllib.parse.urlsplit(url).query
            pairs = dict(urllib.parse.parse_qsl(body))
            signature = pairs.pop("Signature")
            quoted = "&".join(
                urllib.parse.quote(name, "-_~") + "=" + urllib.parse.quote(pairs[name], "-_~")
                for name in sorted(pairs)
            )
            to_sign = f"{method}\n{urllib.parse.urlsplit(url).netloc}\n/\n{quoted}"
            made = hmac.new(KEY[1].encode(), to_sign.encode(), hashlib.sha256).digest()
            self.assertEqual(signature, base64.b64encode(made).decode())


if __name__ == "__main__":
    unittest.main()
