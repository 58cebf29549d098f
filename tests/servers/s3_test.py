#!/usr/bin/env python3
"""The command line against S3 servers nobody here wrote, which verify signatures.

Plain and over TLS."""

import json
import os
import random
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import Minio, Report, Unavailable, Versitygw, inia  # noqa: E402

report = Report()


def output(result):
    try:
        return json.loads(result[1])
    except ValueError:
        return {}


def objects(server, where):
    def run(*arguments, **more):
        return inia(server, "call", "s3", *arguments, **more)

    def good(what, result):
        report.check(result[0] == 0, f"{where}: {what}", result[2] or result[1])
        return result

    body = random.Random(1).randbytes(100_000)
    large = random.Random(2).randbytes(9_000_001)
    path = os.path.join(server.folder, "body")
    large_path = os.path.join(server.folder, "large")
    into = os.path.join(server.folder, "into")
    with open(path, "wb") as out:
        out.write(body)
    with open(large_path, "wb") as out:
        out.write(large)

    good("CreateBucket", run("CreateBucket", "Bucket=inia-test"))
    listed = output(good("ListBuckets", run("ListBuckets")))
    report.check(
        "inia-test" in [b["Name"] for b in listed.get("Buckets", [])],
        f"{where}: the bucket is listed",
        listed,
    )
    put = output(
        good(
            "PutObject",
            run(
                "PutObject",
                "Bucket=inia-test",
                "Key=a/b c+d~é.bin",
                "ContentType=image/png",
                'Metadata={"colour":"blue"}',
                "--body",
                path,
            ),
        )
    )
    report.check(bool(put.get("ETag")), f"{where}: PutObject gives an ETag", put)
    result = good(
        "GetObject", run("GetObject", "Bucket=inia-test", "Key=a/b c+d~é.bin", "--into", into)
    )
    with open(into, "rb") as back:
        report.check(back.read() == body, f"{where}: the object comes back as it went")
    got = output(result)
    report.check(
        got.get("ContentLength") == len(body)
        and got.get("ContentType") == "image/png"
        and got.get("Metadata") == {"colour": "blue"},
        f"{where}: GetObject's output",
        got,
    )
    result = good(
        "ranged GetObject",
        run("GetObject", "Bucket=inia-test", "Key=a/b c+d~é.bin", "Range=bytes=1000-1999"),
    )
    report.check(
        result[1] == body[1000:2000], f"{where}: the range is what was asked for", len(result[1])
    )
    head = output(good("HeadObject", run("HeadObject", "Bucket=inia-test", "Key=a/b c+d~é.bin")))
    report.check(head.get("ContentLength") == len(body), f"{where}: HeadObject's output", head)

    good(
        "PutObject of 9 MB",
        run("PutObject", "Bucket=inia-test", "Key=large", "--body", large_path),
    )
    good("GetObject of 9 MB", run("GetObject", "Bucket=inia-test", "Key=large", "--into", into))
    with open(into, "rb") as back:
        report.check(back.read() == large, f"{where}: 9 MB come back as they went")
    empty = good("PutObject of nothing", run("PutObject", "Bucket=inia-test", "Key=empty"))
    empty = good("GetObject of nothing", run("GetObject", "Bucket=inia-test", "Key=empty"))
    report.check(empty[1] == b"", f"{where}: nothing comes back as nothing", empty[1])

    names = output(good("ListObjectsV2", run("ListObjectsV2", "Bucket=inia-test", "Prefix=a/")))
    report.check(
        [o["Key"] for o in names.get("Contents", [])] == ["a/b c+d~é.bin"],
        f"{where}: the list",
        names,
    )
    checksums(server, where, path, large_path, into)
    odd_keys(server, where, run)
    refused(server, where, run)
    presigned(server, where, body, path)
    deleted = output(
        good(
            "DeleteObjects",
            run(
                "DeleteObjects",
                "Bucket=inia-test",
                'Delete={"Objects":[{"Key":"large"},{"Key":"empty"}]}',
            ),
        )
    )
    report.check(
        sorted(d["Key"] for d in deleted.get("Deleted", [])) == ["empty", "large"],
        f"{where}: DeleteObjects' output",
        deleted,
    )
    for key in ("a/b c+d~é.bin", "by curl"):
        good("DeleteObject", run("DeleteObject", "Bucket=inia-test", f"Key={key}"))
    good("DeleteBucket", run("DeleteBucket", "Bucket=inia-test"))


CHECKSUMS = {
    "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_supported",
}


def checksums(server, where, path, large_path, into):
    """Files go out in signed chunks (over TLS: unsigned ones) with their checksum behind."""

    def run(*arguments):
        return inia(server, "call", "s3", *arguments, settings=CHECKSUMS)

    for file in (path, large_path):
        with open(file, "rb") as opened:
            body = opened.read()
        for algorithm in (None, "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            what = f"{where}: {len(body)} bytes with {algorithm or 'the default checksum'}"
            chosen = [f"ChecksumAlgorithm={algorithm}"] if algorithm else []
            result = run("PutObject", "Bucket=inia-test", "Key=summed", *chosen, "--body", file)
            report.check(result[0] == 0, f"{what} are put", result[2])
            name = f"Checksum{algorithm or 'CRC32'}"
            report.check(name in output(result), f"{what}: {name} is told", result[1])
            result = run("GetObject", "Bucket=inia-test", "Key=summed", "--into", into)
            report.check(result[0] == 0, f"{what} are got", result[2])
            with open(into, "rb") as back:
                report.check(back.read() == body, f"{what} come back as they went")
            report.check(name in output(result), f"{what}: {name} is there to check", result[1])
    result = run(
        "PutObject", "Bucket=inia-test", "Key=summed", "ChecksumCRC32=AAAAAA==", "--body", path
    )
    report.check(result[0] == 1, f"{where}: another body's checksum is refused", result[2])
    run("DeleteObject", "Bucket=inia-test", "Key=summed")


def odd_keys(server, where, run):
    """Keys that XML cannot hold are listed all the same."""
    keys = ["odd/a+b", "odd/line\nend", "odd/%41"]
    if server.name == Minio.name:  # Versity's knows no encoding-type
        keys.append("odd/\u0001")
    put = [k for k in keys if run("PutObject", "Bucket=inia-test", f"Key={k}")[0] == 0]
    listed = output(run("ListObjectsV2", "Bucket=inia-test", "Prefix=odd/"))
    report.check(
        sorted(o["Key"] for o in listed.get("Contents", [])) == sorted(put),
        f"{where}: odd keys are listed",
        listed,
    )
    report.check(put == keys, f"{where}: odd keys are put", put)
    for key in put:
        result = run("DeleteObject", "Bucket=inia-test", f"Key={key}")
        report.check(result[0] == 0, f"{where}: {key!r} is deleted", result[2])


def refused(server, where, run):
    result = run("GetObject", "Bucket=inia-test", "Key=no such")
    report.check(
        result[0] == 1 and "NoSuchKey" in result[2] and result[2].count("\n") == 1,
        f"{where}: a missing key is one line on stderr",
        result,
    )
    result = run(
        "GetObject", "Bucket=inia-test", "Key=large", secret="wrong/secret/wrong/secret/wrong"
    )
    report.check(
        result[0] == 1 and "SignatureDoesNotMatch" in result[2],
        f"{where}: a wrong key is SignatureDoesNotMatch",
        result,
    )
    result = run("CreateBucket", "Bucket=inia-test", "--no-sign-request")
    report.check(result[0] == 1, f"{where}: an unsigned request is refused", result)
    if server.ca:
        environment = server.environment()
        del environment["AWS_CA_BUNDLE"]
        from servers import INIA

        done = subprocess.run(
            [INIA, "call", "s3", "ListBuckets", "--max-attempts", "1"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        report.check(
            done.returncode == 1 and "CA" in done.stderr,
            f"{where}: an unknown CA is refused",
            done.stderr,
        )


def presigned(server, where, body, path):
    if not shutil.which("curl"):
        report.skip(f"{where}: presigned URLs: curl is not installed")
        return
    trust = ["--cacert", server.ca] if server.ca else []
    for operation, key, extra in (
        ("GetObject", "a/b c+d~é.bin", []),
        ("PutObject", "by curl", ["-T", path]),
    ):
        result = inia(
            server, "presign", "s3", operation, "Bucket=inia-test", f"Key={key}", "--expires", "5m"
        )
        report.check(result[0] == 0, f"{where}: presign {operation}", result[2])
        url = result[1].decode().strip()
        done = subprocess.run(
            ["curl", "-sS", "--fail", *trust, *extra, url],
            capture_output=True,
            timeout=60,
            check=False,
        )
        report.check(
            done.returncode == 0, f"{where}: curl with a presigned {operation}", done.stderr
        )
        if operation == "GetObject":
            report.check(done.stdout == body, f"{where}: curl gets the object")
    result = inia(server, "call", "s3", "GetObject", "Bucket=inia-test", "Key=by curl")
    report.check(result[1] == body, f"{where}: what curl put is there", result[2])


def main():
    for kind in (Minio, Versitygw):
        for tls in (False, True):
            where = f"{kind.name}{' over TLS' if tls else ''}"
            try:
                with kind(tls) as server:
                    objects(server, where)
            except Unavailable as why:
                report.skip(f"{where}: {why}")
    report.end()


main()
