#!/usr/bin/env python3
"""S3 of the embedded endpoint, driven by boto3, plain and over TLS: objects, buckets, lists."""

from boto3_endpoint import INIA, Endpoint, code_of, run_tests

import hashlib
import io
import os
import socket
import ssl
import subprocess
import time
import unittest
import unittest.mock
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3ExpressAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


def get_with_session(endpoint_url, bucket, given):
    """A GetObject signed with these credentials of a session: its error's code, or None."""
    url = f"{endpoint_url}/{bucket}/k"
    request = AWSRequest("GET", url, {"Host": url.split("/")[2]})
    credentials = Credentials(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    )
    S3ExpressAuth(credentials, "s3express", "us-east-1", identity_cache={}).add_auth(request)
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=dict(request.headers)), timeout=10
        ):
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode().partition("<Code>")[2].partition("<")[0]


def run_inia(endpoint, *arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [INIA, "call", *arguments],
        env={**kept, **endpoint.exports, **environment},
        capture_output=True,
        timeout=60,
    )


class OverPlain(unittest.TestCase):
    tls = False

    @classmethod
    def setUpClass(cls):
        cls.endpoint = Endpoint()
        cls.addClassCleanup(cls.endpoint.stop)
        cls.s3 = cls.endpoint.client("s3", cls.tls)
        cls.s3.create_bucket(Bucket="first")

    def put(self, key, body=b"hello", **more):
        return self.s3.put_object(Bucket="first", Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.s3.get_object(Bucket="first", Key=key, **more)["Body"].read()

    # ---- Objects

    def test_an_object_comes_back_with_its_description(self):
        key = "a folder/ü+&<%41>'\"?x=1#~"
        etag = self.put(
            key,
            b"content",
            ContentType="text/x-test",
            CacheControl="no-store",
            Metadata={"owner": "someone"},
        )["ETag"]
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
        for written, expected in (
            ("0-3", b"0123"),
            ("4-", b"456789"),
            ("-3", b"789"),
            ("8-100", b"89"),
            ("-100", b"0123456789"),
        ):
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
        self.s3.upload_fileobj(
            io.BytesIO(body), "first", "large", Config=TransferConfig(multipart_chunksize=8 << 20)
        )
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
        parts.append(
            self.s3.upload_part_copy(
                **name,
                UploadId=upload,
                PartNumber=2,
                CopySource="first/source",
                CopySourceRange="bytes=2-5",
            )["CopyPartResult"]
        )
        listed = self.s3.list_parts(**name, UploadId=upload)["Parts"]
        self.assertEqual([p["Size"] for p in listed], [5 << 20, 4])
        listed = self.s3.list_multipart_uploads(Bucket="first")["Uploads"]
        self.assertIn(upload, [u["UploadId"] for u in listed])
        wanted = [{"PartNumber": i + 1, "ETag": p["ETag"]} for i, p in enumerate(parts)]
        with self.assertRaises(ClientError) as error:
            self.s3.complete_multipart_upload(
                **name, UploadId=upload, MultipartUpload={"Parts": wanted[::-1]}
            )
        self.assertEqual(code_of(error), "InvalidPartOrder")
        self.s3.complete_multipart_upload(
            **name, UploadId=upload, MultipartUpload={"Parts": wanted}
        )
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
        self.assertEqual(
            (found["Body"].read(), found["Metadata"], found["ContentType"]),
            (b"copied", {"a": "1"}, "x/y"),
        )
        self.s3.copy_object(
            Bucket="first",
            Key="copy",
            CopySource="first/original",
            MetadataDirective="REPLACE",
            Metadata={"b": "2"},
        )
        self.put("original", b"changed")
        self.assertEqual(self.get("copy"), b"copied")
        self.assertEqual(self.s3.head_object(Bucket="first", Key="copy")["Metadata"], {"b": "2"})
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
            Bucket="first", Delete={"Objects": [{"Key": k} for k in keys]}
        )["Deleted"]
        self.assertEqual([d["Key"] for d in deleted], keys)
        self.assertEqual(self.s3.list_objects_v2(Bucket="first", Prefix="many/")["KeyCount"], 0)

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
            self.endpoint,
            "s3",
            "CreateBucket",
            f"Bucket={name}",
            AWS_S3_DISABLE_EXPRESS_SESSION_AUTH="true",
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        s3 = self.endpoint.client("s3", self.tls)
        s3.put_object(Bucket=name, Key="k", Body=b"express")
        sent = []
        s3.meta.events.register(
            "before-send.s3.GetObject",
            lambda request, **_: sent.append(request.headers["X-Amz-S3session-Token"]),
        )
        self.assertEqual(s3.get_object(Bucket=name, Key="k")["Body"].read(), b"express")
        self.assertEqual(len(sent), 1)
        given = self.s3.create_session(Bucket=name)["Credentials"]
        for change, wanted in [
            ({}, None),
            ({"SessionToken": "0" * 64}, "InvalidToken"),
            ({"AccessKeyId": "ASIAINIA17"}, "SignatureDoesNotMatch"),
            ({"SecretAccessKey": "x"}, "SignatureDoesNotMatch"),
        ]:
            self.assertEqual(
                get_with_session(self.endpoint.url, name, {**given, **change}), wanted
            )
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
            "s3",
            endpoint_url=f"http{'s' if self.tls else ''}://localhost:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            verify=self.endpoint.exports["AWS_CA_BUNDLE"],
            config=Config(s3={"addressing_style": "virtual"}),
        )
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
                    self.list_all(operation, Bucket="lists", PaginationConfig=page), sorted(keys)
                )
                self.assertEqual(
                    self.list_all(operation, Bucket="lists", Delimiter="/", PaginationConfig=page),
                    ["a", "a/", "b ü", "b/", "c/", "z"],
                )
                self.assertEqual(
                    self.list_all(
                        operation,
                        Bucket="lists",
                        Prefix="c/",
                        Delimiter="/",
                        PaginationConfig=page,
                    ),
                    ["c//"] + [f"c/{i:02}" for i in range(7)],
                )
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
            more["context"] = ssl.create_default_context(
                cafile=self.endpoint.exports["AWS_CA_BUNDLE"]
            )
        return urllib.request.urlopen(url, timeout=10, **more)

    def test_presigned_urls(self):
        name = {"Bucket": "first", "Key": "pre signed"}
        s3 = self.endpoint.client("s3", self.tls, signature_version="s3v4")
        url = s3.generate_presigned_url("put_object", Params=name)
        self.fetch(urllib.request.Request(url, method="PUT", data=b"by url")).close()
        url = s3.generate_presigned_url(
            "get_object", Params={**name, "ResponseContentType": "x/z"}
        )
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


class OverTls(OverPlain):
    tls = True


if __name__ == "__main__":
    run_tests()
