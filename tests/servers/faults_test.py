#!/usr/bin/env python3
"""Bad input and servers that misbehave.

Each ends in one clear line on stderr, a non-zero exit, and in time.
"""

import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import INIA, Certificates, Report, Unavailable, free_port  # noqa: E402

report = Report()


def run(arguments, url=None, drop=(), **extra):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment.update(
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="AKID",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        **extra,
    )
    if url:
        environment["AWS_ENDPOINT_URL"] = url
    for name in drop:
        environment.pop(name, None)
    started = time.monotonic()
    done = subprocess.run(
        [INIA, *arguments], env=environment, capture_output=True, timeout=40, check=False
    )
    return (
        done.returncode,
        done.stdout,
        done.stderr.decode("utf-8", "replace"),
        time.monotonic() - started,
    )


def expect(what, result, *parts, code=1, seconds=20):
    line = result[2]
    good = (
        result[0] == code
        and line.count("\n") == 1
        and result[3] < seconds
        and all(part in line for part in parts)
    )
    report.check(good, what, (result[0], line, f"{result[3]:.1f} s", "expected", parts))


GET = ["call", "s3", "GetObject", "Bucket=b", "Key=k", "--max-attempts", "1"]


def bad_input():
    expect(
        "an unknown service", run(["call", "s4", "ListBuckets"]), "unknown service 's4'", "'s3'"
    )
    expect(
        "an unknown operation",
        run(["call", "s3", "ListBukets"]),
        "unknown operation 'ListBukets'",
        "'ListBuckets'",
    )
    expect(
        "an unknown parameter",
        run(["call", "s3", "GetObject", "Bucket=b", "Kye=k"]),
        "Kye",
        "'Key'",
    )
    expect(
        "a missing required parameter",
        run(["call", "s3", "GetObject", "Bucket=b"]),
        "Key",
        "required",
    )
    expect("two problems at once", run(["call", "s3", "GetObject"]), "Bucket", "Key")
    expect(
        "wrong JSON",
        run(["call", "s3", "GetObject", "--json", '{"Bucket": "b",\n "Key" }']),
        "line 2",
        "column",
    )
    expect(
        "a value of the wrong type",
        run(["call", "s3", "ListObjectsV2", "Bucket=b", "MaxKeys=many"]),
        "MaxKeys",
    )
    expect(
        "no credentials",
        run(GET, "http://127.0.0.1:9", drop=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        "no credentials",
    )
    expect(
        "half the credentials",
        run(GET, "http://127.0.0.1:9", drop=("AWS_SECRET_ACCESS_KEY",)),
        "AWS_SECRET_ACCESS_KEY",
    )
    expect("no region", run(["call", "sqs", "ListQueues"], drop=("AWS_REGION",)), "region")
    expect("a URL that is none", run(GET, "ftp://x"), "ftp://x", "http")
    expect("an option that is none", run(GET + ["--no-such-option"]), "--no-such-option", code=2)
    expect(
        "an argument that is none", run(["call", "s3", "GetObject", "Bucket"]), "'Bucket'", code=2
    )
    expect(
        "a body that is not there",
        run(["call", "s3", "PutObject", "Bucket=b", "Key=k", "--body", "/no/such"]),
        "/no/such",
    )
    expect(
        "a body where there is none",
        run(["call", "s3", "GetObject", "Bucket=b", "Key=k", "--body", "/dev/null"]),
        "no streaming body",
    )
    expect(
        "a header injected",
        run(["call", "s3", "PutObject", "Bucket=b", "Key=k", "ContentType=a\r\nX-Evil: 1"]),
        "content-type",
    )
    expect(
        "a CA bundle that is not there",
        run(GET, "https://127.0.0.1:9", AWS_CA_BUNDLE="/no/such.pem"),
        "/no/such.pem",
    )


def unreachable():
    expect(
        "a host that does not resolve",
        run(GET, "http://no.such.host.invalid"),
        "cannot resolve",
        "no.such.host.invalid",
    )
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        expect(
            "a refused connection",
            run(GET, f"http://127.0.0.1:{port}"),
            f"127.0.0.1:{port}",
            "refused",
        )


class Misbehaving:
    """Accepts connections, each handled by a function of the socket."""

    def __init__(self, handle, context=None):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.handle, self.context = handle, context
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            with peer:
                self.handle(peer)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Joined: else accept() may meet the next listener under the same descriptor."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()


def read_head(peer):
    head = b""
    while b"\r\n\r\n" not in head:
        more = peer.recv(65536)
        if not more:
            return
        head += more


def answering(*pieces, pause=0.0, then_wait=False):
    def handle(peer):
        read_head(peer)
        for piece in pieces:
            peer.sendall(piece)
            time.sleep(pause)
        if then_wait:
            time.sleep(30)

    return handle


def endless_headers(peer):
    read_head(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    for i in range(1_000_000):
        peer.sendall(b"X-Header-%d: and so on and so on\r\n" % i)


def misbehaving_servers():
    cases = [
        ("closes before answering", answering(), ("closed",)),
        ("closes in the head", answering(b"HTTP/1.1 200 OK\r\nContent-Le"), ("closed",)),
        (
            "closes in the body",
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"),
            ("closed", "body"),
        ),
        ("sends garbage", answering(b"\x00\x01\x02 what is this\r\n\r\n"), ("not HTTP",)),
        (
            "sends two lengths",
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            ("Content-Length",),
        ),
        (
            "sends bad chunks",
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            ("chunk",),
        ),
        ("sends endless headers", endless_headers, ("head",)),
        (
            "sends XML that is none",
            answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\n<Error>"),
            (),
        ),
    ]
    for what, handle, parts in cases:
        with Misbehaving(handle) as server:
            expect(f"a server that {what}", run(GET, f"http://127.0.0.1:{server.port}"), *parts)
    with Misbehaving(answering(then_wait=True)) as server:
        expect(
            "a server that never answers",
            run(GET + ["--deadline", "500ms"], f"http://127.0.0.1:{server.port}"),
            "INIA_TIMED_OUT",
            "500 ms",
            "answer",
            seconds=5,
        )
    with Misbehaving(
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", then_wait=True)
    ) as server:
        expect(
            "a server that stops in the body",
            run(GET + ["--deadline", "500ms"], f"http://127.0.0.1:{server.port}"),
            "INIA_TIMED_OUT",
            "response",
            seconds=5,
        )
    head = b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: "x"\r\n\r\nabc'
    with Misbehaving(
        answering(*(head[i : i + 1] for i in range(len(head))), pause=0.005)
    ) as server:
        result = run(GET, f"http://127.0.0.1:{server.port}")
        report.check(
            result[0] == 0 and result[1] == b"abc", "a server that sends byte by byte", result
        )


def context_of(folder, *, days="30", names="DNS:localhost,IP:127.0.0.1"):
    """Leaf for the names; days may be negative: expired."""
    certificates = Certificates(folder)
    config = os.path.join(folder, "other.cnf")
    with open(config, "w", encoding="ascii") as out:
        out.write(f"subjectAltName={names}\n")
    if int(days) < 0:
        dates = ["-days", "30"]
        faketime = os.path.join(folder, "expired.crt")
        make_expired(folder, certificates, config, faketime)
        certificates.certificate = faketime
    else:
        dates = ["-days", days]
        Certificates.run(
            "x509",
            "-req",
            "-in",
            os.path.join(folder, "leaf.csr"),
            "-CA",
            certificates.ca,
            "-CAkey",
            os.path.join(folder, "ca.key"),
            "-CAcreateserial",
            "-out",
            certificates.certificate,
            "-extfile",
            config,
            *dates,
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context, certificates.ca


def make_expired(folder, certificates, config, out):
    """openssl ca is the one that takes dates of the past."""
    database = os.path.join(folder, "ca.cnf")
    open(os.path.join(folder, "index.txt"), "w", encoding="ascii").close()
    with open(database, "w", encoding="ascii") as settings:
        settings.write(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index.txt\n"
            f"serial={folder}/serial\nrand_serial=yes\n"
            f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"
        )
    Certificates.run(
        "ca",
        "-batch",
        "-config",
        database,
        "-in",
        os.path.join(folder, "leaf.csr"),
        "-cert",
        certificates.ca,
        "-keyfile",
        os.path.join(folder, "ca.key"),
        "-out",
        out,
        "-notext",
        "-startdate",
        "20190101000000Z",
        "-enddate",
        "20190201000000Z",
        "-extfile",
        config,
    )


def tls_failures():
    answer = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    cases = [
        ("is for another host", {"names": "DNS:other.example"}, True, "other.example"),
        ("has expired", {"days": "-1"}, True, "expired"),
        ("is signed by an unknown CA", {}, False, "CA"),
        ("is as it should be", {}, True, None),
    ]
    for what, options, known, part in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                context, ca = context_of(folder, **options)
            except Unavailable as why:
                report.skip(f"TLS failures: {why}")
                return
            with Misbehaving(answer, context) as server:
                extra = {"AWS_CA_BUNDLE": ca} if known else {}
                result = run(GET, f"https://127.0.0.1:{server.port}", **extra)
                if part:
                    expect(f"a certificate that {what}", result, part)
                    trusting = run(
                        GET + ["--no-verify-ssl"], f"https://127.0.0.1:{server.port}", **extra
                    )
                    report.check(
                        trusting[1] == b"ok",
                        f"--no-verify-ssl takes a certificate that {what}",
                        trusting,
                    )
                else:
                    report.check(
                        result[0] == 0 and result[1] == b"ok", f"a certificate that {what}", result
                    )
    with Misbehaving(lambda peer: peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        expect(
            "a server that does not speak TLS", run(GET, f"https://127.0.0.1:{server.port}"), "TLS"
        )


def protocols_offered():
    """A server that would rather speak HTTP/2 is not offered it."""
    chosen = []

    def handle(peer):
        chosen.append(peer.selected_alpn_protocol())
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")(peer)

    with tempfile.TemporaryDirectory() as folder:
        try:
            context, ca = context_of(folder)
        except Unavailable as why:
            report.skip(f"protocols offered: {why}")
            return
        context.set_alpn_protocols(["h2", "http/1.1"])
        with Misbehaving(handle, context) as server:
            result = run(GET, f"https://127.0.0.1:{server.port}", AWS_CA_BUNDLE=ca)
    good = result[1] == b"ok" and chosen == ["http/1.1"]
    report.check(good, "of HTTP/2 and HTTP/1.1 the latter is agreed upon", (result, chosen))


def await_port(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def protocols_insisted_on():
    """A server that speaks nothing but HTTP/2 is told of in one line."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            _, ca = context_of(folder)
        except Unavailable as why:
            report.skip(f"protocols insisted on: {why}")
            return
        port = free_port()
        command = ["openssl", "s_server", "-quiet", "-accept", str(port), "-alpn", "h2"]
        command += ["-cert", f"{folder}/public.crt", "-key", f"{folder}/private.key"]
        quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, **quiet) as server:
            await_port(port)
            result = run(GET, f"https://127.0.0.1:{port}", AWS_CA_BUNDLE=ca)
            server.kill()
    expect("a server that insists on HTTP/2", result, "it does not speak HTTP/1.1")


bad_input()
unreachable()
misbehaving_servers()
tls_failures()
protocols_offered()
protocols_insisted_on()
report.end()
