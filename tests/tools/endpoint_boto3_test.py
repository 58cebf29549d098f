#!/usr/bin/env python3
"""The embedded endpoint, driven by boto3, which nobody here wrote: S3 and SQS, plain and over TLS.

INIA names the command line. The boto3 is that of INIA_PYTHON, of .deps/venv, or of python3; where
none has it the test is skipped, with exit status 77.
"""
import os
import subprocess
import sys

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def become_a_python_with_boto3():
    if os.environ.get("INIA_TEST_CHOSEN"):
        return
    candidates = [os.environ.get("INIA_PYTHON"), f"{ROOT}/.deps/venv/bin/python", "python3"]
    for candidate in filter(None, candidates):
        try:
            found = subprocess.run([candidate, "-c", "import boto3"], capture_output=True)
        except OSError:
            continue
        if found.returncode == 0:
            environment = dict(os.environ, INIA_TEST_CHOSEN="1")
            os.execvpe(candidate, [candidate, *sys.argv], environment)
    print("SKIP: no Python with boto3 (INIA_PYTHON, .deps/venv, python3)")
    sys.exit(77)


become_a_python_with_boto3()

import hashlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import shutil  # noqa: E402
import socket  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import unittest  # noqa: E402
import unittest.mock  # noqa: E402
import urllib.error  # noqa: E402
import urllib.request  # noqa: E402

import boto3  # noqa: E402
from boto3.s3.transfer import TransferConfig  # noqa: E402
from botocore.auth import S3ExpressAuth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from botocore.exceptions import ClientError, ReadTimeoutError  # noqa: E402

INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
STATE = tempfile.mkdtemp(prefix="inia-endpoint-test-")


class Endpoint:
    """One `inia endpoint`, started and stopped by the test."""

    def __init__(self, *options):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.process = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--tls-port", "0", "--state", STATE, *options],
            stdout=subprocess.PIPE, text=True, env=environment)
        self.exports = {}
        while "AWS_SECRET_ACCESS_KEY" not in self.exports:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the endpoint did not start")
            if line.startswith("export "):
                name, value = line.strip().removeprefix("export ").split("=", 1)
                self.exports[name] = value
        self.url = self.exports["AWS_ENDPOINT_URL"]

    def client(self, service, tls=False, key=None, secret=None, **config):
        return boto3.client(
            service, endpoint_url=self.exports["AWS_ENDPOINT_URL_TLS"] if tls else self.url,
            verify=self.exports["AWS_CA_BUNDLE"], region_name=self.exports["AWS_REGION"],
            aws_access_key_id=key or self.exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or self.exports["AWS_SECRET_ACCESS_KEY"],
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}))

    def admin(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/_inia/{path}", method=method, data=json.dumps(body).encode()
            if body is not None else None)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        rest = self.process.communicate(timeout=20)[0]
        if self.process.returncode != 0 or "requests" not in rest:
            raise RuntimeError(f"the endpoint ended with {self.process.returncode}: {rest}")


def get_with_session(endpoint_url, bucket, given):
    """A GetObject signed with these credentials of a session: its error's code, or None."""
    url = f"{endpoint_url}/{bucket}/k"
    request = AWSRequest("GET", url, {"Host": url.split("/")[2]})
    credentials = Credentials(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    S3ExpressAuth(credentials, "s3express", "us-east-1", identity_cache={}).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(
                url, headers=dict(request.headers)), timeout=10):
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode().partition("<Code>")[2].partition("<")[0]


def run_inia(endpoint, *arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [INIA, "call", *arguments], env={**kept, **endpoint.exports, **environment},
        capture_output=True, timeout=60)


def code_of(error):
    return error.exception.response["Error"]["Code"]


class OverPlain(unittest.TestCase):
    tls = False

    @classmethod
    def setUpClass(cls):
        cls.endpoint = Endpoint()
        cls.addClassCleanup(cls.endpoint.stop)
        cls.s3 = cls.endpoint.client("s3", cls.tls)
        cls.sqs = cls.endpoint.client("sqs", cls.tls)
        cls.s3.create_bucket(Bucket="first")

    def put(self, key, body=b"hello", **more):
        return self.s3.put_object(Bucket="first", Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.s3.get_object(Bucket="first", Key=key, **more)["Body"].read()

    # ---- Objects

    def test_an_object_comes_back_with_its_description(self):
        key = "a folder/ü+&<%41>'\"?x=1#~"
        etag = self.put(key, b"content", ContentType="text/x-test", CacheControl="no-store",
                        Metadata={"owner": "someone"})["ETag"]
        self.assertEqual(etag, '"%s"' % hashlib.md5(b"content").hexdigest())
        found = self.s3.get_object(Bucket="first", Key=key)
        self.assertEqual(found["Body"].read(), b"content")
        self.assertEqual(found["ContentType"], "text/x-test")
        self.assertEqual(found["CacheControl"], "no-store")
        self.assertEqual(found["Metadata"], {"owner": "someone"})
        self.assertEqual(found["ETag"], etag)
        head = self.s3.head_object(Bucket="first", Key=key)
        self.assertEqual(head["ContentLength"], 7)
        self.assertEqual(head["Metadata"], {"owner": "someone"})

    def test_sizes_around_the_borders_of_buffers(self):
        for size in (0, 1, 4095, 16383, 16384, 32768, 65536, 65537, 1 << 20):
            body = os.urandom(size)
            self.put("sized", body)
            self.assertEqual(self.get("sized"), body)

    def test_ranges(self):
        self.put("ranged", b"0123456789")
        for written, expected in (("0-3", b"0123"), ("4-", b"456789"), ("-3", b"789"),
                                  ("8-100", b"89"), ("-100", b"0123456789")):
            found = self.s3.get_object(Bucket="first", Key="ranged", Range=f"bytes={written}")
            self.assertEqual(found["Body"].read(), expected)
            self.assertEqual(found["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.assertTrue(found["ContentRange"].endswith("/10"))
        with self.assertRaises(ClientError) as error:
            self.get("ranged", Range="bytes=10-")
        self.assertEqual(code_of(error), "InvalidRange")

    def test_conditions(self):
        etag = self.put("conditional", b"1")["ETag"]
        self.assertEqual(self.get("conditional", IfMatch=etag), b"1")
        with self.assertRaises(ClientError) as error:
            self.get("conditional", IfNoneMatch=etag)
        self.assertEqual(error.exception.response["ResponseMetadata"]["HTTPStatusCode"], 304)
        with self.assertRaises(ClientError) as error:
            self.get("conditional", IfMatch='"other"')
        self.assertEqual(code_of(error), "PreconditionFailed")
        with self.assertRaises(ClientError) as error:
            self.put("conditional", b"2", IfNoneMatch="*")
        self.assertEqual(code_of(error), "PreconditionFailed")
        self.put("conditional", b"2", IfMatch=etag)
        self.assertEqual(self.get("conditional"), b"2")

    def test_checksums_are_compared_and_given_back(self):
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            given = self.put("summed", b"summed", ChecksumAlgorithm=algorithm)
            found = self.s3.head_object(Bucket="first", Key="summed", ChecksumMode="ENABLED")
            self.assertEqual(found[f"Checksum{algorithm}"], given[f"Checksum{algorithm}"])
        with self.assertRaises(ClientError) as error:
            self.put("summed", b"other", ChecksumSHA256="A" * 43 + "=")
        self.assertEqual(code_of(error), "BadDigest")
        with self.assertRaises(ClientError) as error:
            self.put("summed", b"other", ContentMD5="A" * 22 + "==")
        self.assertEqual(code_of(error), "BadDigest")
        self.assertEqual(self.get("summed"), b"summed")

    def test_twenty_megabytes_in_parts(self):
        body = os.urandom(20_000_000)
        self.s3.upload_fileobj(io.BytesIO(body), "first", "large",
                               Config=TransferConfig(multipart_chunksize=8 << 20))
        into = io.BytesIO()
        self.s3.download_fileobj("first", "large", into)
        self.assertEqual(into.getvalue(), body)
        self.assertEqual(self.get("large", Range="bytes=8388600-8388615"), body[8388600:8388616])
        self.assertTrue(self.s3.head_object(Bucket="first", Key="large")["ETag"].endswith('-3"'))

    def test_a_large_body_in_one_request(self):
        body = os.urandom(8 << 20)
        self.put("whole", body)
        self.assertEqual(self.get("whole"), body)

    def test_an_upload_step_by_step(self):
        name = {"Bucket": "first", "Key": "stepwise"}
        upload = self.s3.create_multipart_upload(**name, ContentType="x/y")["UploadId"]
        one = b"1" * (5 << 20)
        parts = [self.s3.upload_part(**name, UploadId=upload, PartNumber=1, Body=one)]
        self.put("source", b"0123456789")
        parts.append(self.s3.upload_part_copy(
            **name, UploadId=upload, PartNumber=2, CopySource="first/source",
            CopySourceRange="bytes=2-5")["CopyPartResult"])
        listed = self.s3.list_parts(**name, UploadId=upload)["Parts"]
        self.assertEqual([p["Size"] for p in listed], [5 << 20, 4])
        listed = self.s3.list_multipart_uploads(Bucket="first")["Uploads"]
        self.assertIn(upload, [u["UploadId"] for u in listed])
        wanted = [{"PartNumber": i + 1, "ETag": p["ETag"]} for i, p in enumerate(parts)]
        with self.assertRaises(ClientError) as error:
            self.s3.complete_multipart_upload(
                **name, UploadId=upload, MultipartUpload={"Parts": wanted[::-1]})
        self.assertEqual(code_of(error), "InvalidPartOrder")
        self.s3.complete_multipart_upload(
            **name, UploadId=upload, MultipartUpload={"Parts": wanted})
        self.assertEqual(self.get("stepwise"), one + b"2345")
        self.assertEqual(self.s3.head_object(**name)["ContentType"], "x/y")
        with self.assertRaises(ClientError) as error:
            self.s3.abort_multipart_upload(**name, UploadId=upload)
        self.assertEqual(code_of(error), "NoSuchUpload")

    def test_an_upload_that_is_aborted(self):
        name = {"Bucket": "first", "Key": "aborted"}
        upload = self.s3.create_multipart_upload(**name)["UploadId"]
        self.s3.upload_part(**name, UploadId=upload, PartNumber=1, Body=b"x")
        self.s3.abort_multipart_upload(**name, UploadId=upload)
        with self.assertRaises(ClientError) as error:
            self.s3.list_parts(**name, UploadId=upload)
        self.assertEqual(code_of(error), "NoSuchUpload")

    def test_copies(self):
        self.put("original", b"copied", Metadata={"a": "1"}, ContentType="x/y")
        self.s3.copy_object(Bucket="first", Key="copy", CopySource="first/original")
        found = self.s3.get_object(Bucket="first", Key="copy")
        self.assertEqual((found["Body"].read(), found["Metadata"], found["ContentType"]),
                         (b"copied", {"a": "1"}, "x/y"))
        self.s3.copy_object(Bucket="first", Key="copy", CopySource="first/original",
                            MetadataDirective="REPLACE", Metadata={"b": "2"})
        self.put("original", b"changed")
        self.assertEqual(self.get("copy"), b"copied")
        self.assertEqual(
            self.s3.head_object(Bucket="first", Key="copy")["Metadata"], {"b": "2"})
        with self.assertRaises(ClientError) as error:
            self.s3.copy_object(Bucket="first", Key="copy", CopySource="first/missing")
        self.assertEqual(code_of(error), "NoSuchKey")

    def test_deleting(self):
        self.put("gone")
        self.s3.delete_object(Bucket="first", Key="gone")
        self.s3.delete_object(Bucket="first", Key="gone")
        with self.assertRaises(ClientError) as error:
            self.get("gone")
        self.assertEqual(code_of(error), "NoSuchKey")
        keys = [f"many/{i}&<" for i in range(20)]
        for key in keys:
            self.put(key)
        deleted = self.s3.delete_objects(
            Bucket="first", Delete={"Objects": [{"Key": k} for k in keys]})["Deleted"]
        self.assertEqual([d["Key"] for d in deleted], keys)
        self.assertEqual(
            self.s3.list_objects_v2(Bucket="first", Prefix="many/")["KeyCount"], 0)

    # ---- Buckets

    def test_buckets(self):
        with self.assertRaises(ClientError) as error:
            self.s3.create_bucket(Bucket="first")
        self.assertEqual(code_of(error), "BucketAlreadyOwnedByYou")
        with self.assertRaises(ClientError) as error:
            self.s3.list_objects_v2(Bucket="no-such-bucket")
        self.assertEqual(code_of(error), "NoSuchBucket")
        self.s3.create_bucket(Bucket="second")
        self.assertIn("second", [b["Name"] for b in self.s3.list_buckets()["Buckets"]])
        self.s3.head_bucket(Bucket="second")
        self.s3.get_bucket_location(Bucket="second")
        self.s3.put_object(Bucket="second", Key="k", Body=b"")
        with self.assertRaises(ClientError) as error:
            self.s3.delete_bucket(Bucket="second")
        self.assertEqual(code_of(error), "BucketNotEmpty")
        self.s3.delete_object(Bucket="second", Key="k")
        self.s3.delete_bucket(Bucket="second")
        with self.assertRaises(ClientError):
            self.s3.head_bucket(Bucket="second")

    def test_directory_buckets_have_sessions(self):
        name = "first--usw2-az1--x-s3"
        # At a custom endpoint the rules want a session to create the bucket of the session.
        made = run_inia(
            self.endpoint, "s3", "CreateBucket", f"Bucket={name}",
            AWS_S3_DISABLE_EXPRESS_SESSION_AUTH="true")
        self.assertEqual(made.returncode, 0, made.stderr)
        s3 = self.endpoint.client("s3", self.tls)
        s3.put_object(Bucket=name, Key="k", Body=b"express")
        sent = []
        s3.meta.events.register("before-send.s3.GetObject", lambda request, **_: sent.append(
            request.headers["X-Amz-S3session-Token"]))
        self.assertEqual(s3.get_object(Bucket=name, Key="k")["Body"].read(), b"express")
        self.assertEqual(len(sent), 1)
        given = self.s3.create_session(Bucket=name)["Credentials"]
        for change, wanted in [
                ({}, None), ({"SessionToken": "0" * 64}, "InvalidToken"),
                ({"AccessKeyId": "ASIAINIA17"}, "SignatureDoesNotMatch"),
                ({"SecretAccessKey": "x"}, "SignatureDoesNotMatch")]:
            self.assertEqual(
                get_with_session(self.endpoint.url, name, {**given, **change}), wanted)
        with self.assertRaises(ClientError) as error:
            self.s3.create_session(Bucket="first")
        self.assertEqual(code_of(error), "InvalidArgument")
        inia = run_inia(self.endpoint, "s3", "GetObject", f"Bucket={name}", "Key=k")
        self.assertEqual((inia.returncode, inia.stdout), (0, b"express"), inia.stderr)

    def test_a_bucket_in_the_host_name(self):
        exports = self.endpoint.exports
        url = exports["AWS_ENDPOINT_URL_TLS" if self.tls else "AWS_ENDPOINT_URL"]
        port = url.split(":")[-1]
        client = boto3.client(
            "s3", endpoint_url=f"http{'s' if self.tls else ''}://localhost:{port}",
            region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
            verify=self.endpoint.exports["AWS_CA_BUNDLE"],
            config=Config(s3={"addressing_style": "virtual"}))
        plain_lookup = socket.getaddrinfo

        def lookup(host, *rest, **more):
            return plain_lookup("127.0.0.1", *rest, **more)

        with unittest.mock.patch("socket.getaddrinfo", lookup):
            client.put_object(Bucket="first", Key="virtual", Body=b"v")
        self.assertEqual(self.get("virtual"), b"v")

    # ---- Lists

    def list_all(self, operation, **arguments):
        names = []
        for page in self.s3.get_paginator(operation).paginate(**arguments):
            names += [o["Key"] for o in page.get("Contents", [])]
            names += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        return sorted(names)

    def test_lists_in_pages(self):
        self.s3.create_bucket(Bucket="lists")
        keys = [f"{d}/{i:02}" for d in "abc" for i in range(7)] + ["a", "z", "b ü", "c//d"]
        for key in keys:
            self.s3.put_object(Bucket="lists", Key=key, Body=b"")
        for operation in ("list_objects", "list_objects_v2"):
            for size in (1, 2, 3, 1000):
                page = {"PageSize": size}
                self.assertEqual(
                    self.list_all(operation, Bucket="lists", PaginationConfig=page),
                    sorted(keys))
                self.assertEqual(
                    self.list_all(operation, Bucket="lists", Delimiter="/",
                                  PaginationConfig=page),
                    ["a", "a/", "b ü", "b/", "c/", "z"])
                self.assertEqual(
                    self.list_all(operation, Bucket="lists", Prefix="c/", Delimiter="/",
                                  PaginationConfig=page),
                    ["c//"] + [f"c/{i:02}" for i in range(7)])
        found = self.s3.list_objects_v2(Bucket="lists", StartAfter="b/05", MaxKeys=2)
        self.assertEqual([o["Key"] for o in found["Contents"]], ["b/06", "c//d"])
        self.assertTrue(found["IsTruncated"])

    # ---- Signatures

    def test_wrong_keys_are_refused(self):
        client = self.endpoint.client("s3", self.tls, secret="wrong")
        with self.assertRaises(ClientError) as error:
            client.list_buckets()
        self.assertEqual(code_of(error), "SignatureDoesNotMatch")
        with self.assertRaises(ClientError) as error:
            client.put_object(Bucket="first", Key="forged", Body=b"x" * 100_000)
        self.assertEqual(code_of(error), "SignatureDoesNotMatch")
        with self.assertRaises(ClientError) as error:
            self.get("forged")
        self.assertEqual(code_of(error), "NoSuchKey")
        with self.assertRaises(ClientError) as error:
            self.endpoint.client("s3", self.tls, key="nobody").list_buckets()
        self.assertEqual(code_of(error), "InvalidAccessKeyId")
        with self.assertRaises(ClientError) as error:
            self.endpoint.client("sqs", self.tls, secret="wrong").list_queues()
        self.assertIn("Signature", code_of(error))

    def fetch(self, url, **more):
        if self.tls:
            import ssl
            more["context"] = ssl.create_default_context(
                cafile=self.endpoint.exports["AWS_CA_BUNDLE"])
        return urllib.request.urlopen(url, timeout=10, **more)

    def test_presigned_urls(self):
        name = {"Bucket": "first", "Key": "pre signed"}
        s3 = self.endpoint.client("s3", self.tls, signature_version="s3v4")
        url = s3.generate_presigned_url("put_object", Params=name)
        self.fetch(urllib.request.Request(url, method="PUT", data=b"by url")).close()
        url = s3.generate_presigned_url("get_object", Params={
            **name, "ResponseContentType": "x/z"})
        with self.fetch(url) as answer:
            self.assertEqual(answer.read(), b"by url")
            self.assertEqual(answer.headers["Content-Type"], "x/z")
        with self.assertRaises(urllib.error.HTTPError) as error:
            self.fetch(url.replace("x%2Fz", "x%2Fy"))
        self.assertEqual(error.exception.code, 403)
        self.assertIn(b"SignatureDoesNotMatch", error.exception.read())
        error.exception.close()
        url = s3.generate_presigned_url("get_object", Params=name, ExpiresIn=1)
        time.sleep(2.1)
        with self.assertRaises(urllib.error.HTTPError) as error:
            self.fetch(url)
        self.assertIn(b"expired", error.exception.read())
        error.exception.close()

    # ---- Queues

    def queue(self, name, **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def receive(self, url, **more):
        return self.sqs.receive_message(QueueUrl=url, **more).get("Messages", [])

    def test_a_message_comes_back_once(self):
        url = self.queue("once")
        self.assertEqual(self.sqs.get_queue_url(QueueName="once")["QueueUrl"], url)
        self.assertIn(url, self.sqs.list_queues(QueueNamePrefix="onc")["QueueUrls"])
        attributes = {
            "s": {"DataType": "String", "StringValue": "ü"},
            "n": {"DataType": "Number", "StringValue": "12"},
            "b": {"DataType": "Binary", "BinaryValue": b"\0\1\2"}}
        sent = self.sqs.send_message(
            QueueUrl=url, MessageBody="body ü <&>\n", MessageAttributes=attributes)
        got = self.receive(url, MessageAttributeNames=["All"],
                           MessageSystemAttributeNames=["All"])
        self.assertEqual(len(got), 1)
        self.assertEqual(got[0]["Body"], "body ü <&>\n")
        self.assertEqual(got[0]["MessageId"], sent["MessageId"])
        self.assertEqual(got[0]["MessageAttributes"], attributes)
        self.assertEqual(got[0]["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        self.assertEqual(sent["MD5OfMessageBody"], hashlib.md5("body ü <&>\n".encode()).hexdigest())
        self.assertEqual(got[0]["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(self.receive(url), [])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
        self.sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.receive(url)

    def test_a_receive_waits_for_a_message(self):
        url = self.queue("waiting")
        sender = threading.Timer(
            0.5, lambda: self.sqs.send_message(QueueUrl=url, MessageBody="late"))
        sender.start()
        started = time.monotonic()
        got = self.receive(url, WaitTimeSeconds=10)
        waited = time.monotonic() - started
        sender.join()
        self.assertEqual([m["Body"] for m in got], ["late"])
        self.assertTrue(0.4 < waited < 5, waited)
        started = time.monotonic()
        self.assertEqual(self.receive(url, WaitTimeSeconds=1), [])
        self.assertTrue(0.9 < time.monotonic() - started < 5)

    def test_visibility(self):
        url = self.queue("visible", VisibilityTimeout="1")
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        first = self.receive(url)[0]
        self.assertEqual(self.receive(url), [])
        again = self.receive(url, WaitTimeSeconds=5, AttributeNames=["All"])[0]
        self.assertEqual(again["MessageId"], first["MessageId"])
        self.assertEqual(again["Attributes"]["ApproximateReceiveCount"], "2")
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=0)
        third = self.receive(url)[0]
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=third["ReceiptHandle"], VisibilityTimeout=60)
        self.assertEqual(self.receive(url, WaitTimeSeconds=2), [])
        with self.assertRaises(ClientError):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")

    def test_delays(self):
        url = self.queue("delayed")
        self.sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=1)
        self.assertEqual(self.receive(url), [])
        self.assertEqual(len(self.receive(url, WaitTimeSeconds=5)), 1)

    def test_batches(self):
        url = self.queue("batches")
        entries = [{"Id": str(i), "MessageBody": f"b{i}"} for i in range(9)]
        entries.append({"Id": "bad", "MessageBody": "\x01"})
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        self.assertEqual(len(sent["Successful"]), 9)
        self.assertEqual([f["Id"] for f in sent["Failed"]], ["bad"])
        got = self.receive(url, MaxNumberOfMessages=10)
        self.assertEqual(sorted(m["Body"] for m in got), [f"b{i}" for i in range(9)])
        handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]}
                   for i, m in enumerate(got)]
        changed = self.sqs.change_message_visibility_batch(
            QueueUrl=url, Entries=[{**h, "VisibilityTimeout": 100} for h in handles])
        self.assertEqual(len(changed["Successful"]), 9)
        deleted = self.sqs.delete_message_batch(QueueUrl=url, Entries=handles)
        self.assertEqual(len(deleted["Successful"]), 9)
        with self.assertRaises(ClientError) as error:
            self.sqs.send_message_batch(QueueUrl=url, Entries=[entries[0], entries[0]])
        self.assertIn("NotDistinct", code_of(error))

    def test_attributes_and_purging(self):
        url = self.queue("described", VisibilityTimeout="7")
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "3"})
        found = self.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(found["VisibilityTimeout"], "7")
        self.assertEqual(found["DelaySeconds"], "3")
        self.assertEqual(found["ApproximateNumberOfMessages"], "1")
        self.assertTrue(found["QueueArn"].endswith(":described"))
        self.sqs.purge_queue(QueueUrl=url)
        self.assertEqual(self.receive(url), [])

    def test_fifo(self):
        url = self.queue("ordered.fifo", FifoQueue="true")
        for i in range(4):
            self.sqs.send_message(
                QueueUrl=url, MessageBody=str(i), MessageGroupId="g",
                MessageDeduplicationId=str(i))
        again = self.sqs.send_message(
            QueueUrl=url, MessageBody="0", MessageGroupId="g", MessageDeduplicationId="0")
        self.assertIn("SequenceNumber", again)
        first = self.receive(url, MaxNumberOfMessages=2)
        self.assertEqual([m["Body"] for m in first], ["0", "1"])
        self.assertEqual(self.receive(url), [])
        self.sqs.send_message(
            QueueUrl=url, MessageBody="other", MessageGroupId="h", MessageDeduplicationId="h")
        self.assertEqual([m["Body"] for m in self.receive(url)], ["other"])
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=first[1]["ReceiptHandle"], VisibilityTimeout=0)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
        rest = self.receive(url, MaxNumberOfMessages=10)
        self.assertEqual([m["Body"] for m in rest], ["1", "2", "3"])


class OverTls(OverPlain):
    tls = True


class WithFaults(unittest.TestCase):
    def setUp(self):
        self.endpoint = Endpoint("--max-memory", "64m")
        self.addCleanup(self.endpoint.stop)
        self.s3 = self.endpoint.client("s3", read_timeout=3)
        self.s3.create_bucket(Bucket="faulty")
        self.s3.put_object(Bucket="faulty", Key="k", Body=b"0123456789" * 1000)

    def get(self):
        return self.s3.get_object(Bucket="faulty", Key="k")["Body"].read()

    def set(self, **faults):
        self.endpoint.admin("PUT", "faults", faults)

    def test_each_fault_is_felt_and_ends(self):
        self.set(status503="100%")
        with self.assertRaises(ClientError) as error:
            self.get()
        self.assertEqual(code_of(error), "SlowDown")
        for name in ("reset", "truncate", "corrupt", "garbage", "silent"):
            self.set(**{name: "100%"})
            with self.assertRaises(Exception, msg=name):
                self.get()
        self.set()
        self.assertEqual(len(self.get()), 10000)
        self.assertGreaterEqual(json.loads(self.endpoint.admin("GET", "stats"))["faults"], 6)

    def test_delays_and_slow_bytes(self):
        for faults in ({"delay": "400ms"}, {"slow": "20k"}):
            self.set(**faults)
            started = time.monotonic()
            self.assertEqual(len(self.get()), 10000)
            self.assertGreater(time.monotonic() - started, 0.35)
        self.set(delay="1h")
        with self.assertRaises(ReadTimeoutError):
            self.get()

    def test_wrong_faults_are_refused(self):
        for wrong in ({"reset": "101%"}, {"nonsense": "1%"}, {"delay": "soon"}):
            with self.assertRaises(urllib.error.HTTPError) as error:
                self.set(**wrong)
            self.assertEqual(error.exception.code, 400)
            error.exception.close()

    def test_used_up_memory_is_an_answer(self):
        codes = set()
        for i in range(12):
            try:
                self.s3.put_object(Bucket="faulty", Key=f"large{i}", Body=bytes(8 << 20))
            except ClientError as error:
                codes.add(error.response["Error"]["Code"])
        self.assertEqual(codes, {"SlowDown"})
        self.assertEqual(len(self.get()), 10000)
        for i in range(12):
            self.s3.delete_object(Bucket="faulty", Key=f"large{i}")
        self.s3.put_object(Bucket="faulty", Key="large", Body=bytes(8 << 20))

    def test_it_stops_when_told_to(self):
        self.endpoint.admin("POST", "stop")
        self.endpoint.process.wait(timeout=10)


if __name__ == "__main__":
    if not os.access(INIA, os.X_OK):
        print(f"SKIP: there is no command line at {INIA}; set INIA")
        sys.exit(77)
    try:
        unittest.main(verbosity=0)
    finally:
        shutil.rmtree(STATE, ignore_errors=True)
