#!/usr/bin/env python3
"""Calls by way of a proxy, to the embedded endpoint: http by whole URLs, https through tunnels.

INIA names the command line. The proxy is a few lines of this file.
"""
import base64
import json
import os
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.request

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
STS = "sts.proxied.example"
ROLE = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
PASSWORD = "Basic " + base64.b64encode(b"user:p@ss").decode()


def pass_on(client, server):
    """In one thread, as TLS wants it."""
    while True:
        has_more = isinstance(client, ssl.SSLSocket) and client.pending()
        readable = [client] if has_more else select.select([client, server], [], [], 20)[0]
        for one in readable:
            data = one.recv(65536)
            if not data:
                return
            (server if one is client else client).sendall(data)
        if not readable:
            return


class Proxy:
    """Passes on whoever knows the password, and writes down what was asked for. With a folder that
    has a certificate it is spoken to by TLS."""

    def __init__(self, certificate_folder=None):
        self.asked = []
        self.tls = None
        if certificate_folder:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            files = [os.path.join(certificate_folder, f"{f}.pem") for f in ("certificate", "key")]
            self.tls.load_cert_chain(*files)
        self.role = None
        self.instead = None  # (host, port): where all tunnels lead, whatever was asked for
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept, daemon=True)
        self.acceptor.start()

    def stop(self):
        """Joined: else accept() may meet the next proxy's listener under the same descriptor."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.settimeout(20)
            threading.Thread(target=self.greet, args=(client,), daemon=True).start()

    def greet(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            self.serve(client)
        except OSError:
            pass
        client.close()

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(65536)
            if not more:
                return
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        method, target, _ = line.split(" ")
        fields = {h.split(":", 1)[0].lower(): h.split(":", 1)[1].strip() for h in headers}
        self.asked.append((method, target))
        if fields.get("proxy-authorization") != PASSWORD:
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b"Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
            )
            client.close()
            return
        if method == "CONNECT":
            place, greeting = target, b""
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            place, _, path = target.removeprefix("http://").partition("/")
            if place.startswith(STS):
                said = self.role.encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(said)}\r\n\r\n"
                client.sendall(head.encode() + said)
                client.close()
                return
            kept = [h for h in headers if not h.lower().startswith(("proxy-", "connection"))]
            lines = [f"{method} /{path} HTTP/1.1", *kept, "Connection: close", "", ""]
            greeting = "\r\n".join(lines).encode() + body
        host, _, port = place.rpartition(":")
        address = self.instead or (host.strip("[]"), int(port))
        with socket.create_connection(address, timeout=20) as server:
            server.sendall(greeting)
            pass_on(client, server)
        client.close()

    def url(self, user="user:p%40ss@"):
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{user}127.0.0.1:{self.port}"


class Endpoint(unittest.TestCase):
    more = []

    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.mkdtemp(prefix="inia-proxy-test-")
        cls.addClassCleanup(shutil.rmtree, cls.state)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        cls.endpoint = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--tls-port", "0", "--state", cls.state, *cls.more],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        cls.addClassCleanup(cls.endpoint.wait, 20)
        cls.addClassCleanup(cls.endpoint.terminate)
        cls.exports = {}
        while "AWS_SECRET_ACCESS_KEY" not in cls.exports:
            line = cls.endpoint.stdout.readline()
            if not line:
                raise RuntimeError("the endpoint did not start")
            if line.startswith("export "):
                name, value = line.strip().removeprefix("export ").split("=", 1)
                cls.exports[name] = value


class Proxied(Endpoint):
    def setUp(self):
        self.proxy = self.make_proxy()
        self.addCleanup(self.proxy.stop)

    def make_proxy(self):
        return Proxy()

    def call(self, secure, *arguments, **variables):
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD")
        environment = {k: v for k, v in os.environ.items() if k.upper() not in names}
        environment.update(self.exports, **variables)
        url = self.exports["AWS_ENDPOINT_URL_TLS" if secure else "AWS_ENDPOINT_URL"]
        done = subprocess.run(
            [INIA, "call", "s3", *(arguments or ["ListBuckets"])]
            + ["--endpoint-url", url, "--max-attempts", "1"],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
        )
        return done.returncode, done.stdout + done.stderr, url

    def expect_by_proxy(self, secure, method, **variables):
        code, said, url = self.call(secure, **variables)
        self.assertEqual(code, 0, said)
        place = url.partition("//")[2]
        target = place if method == "CONNECT" else f"http://{place}/"
        self.assertEqual(len(self.proxy.asked), 1)
        self.assertEqual(self.proxy.asked[0][0], method)
        self.assertTrue(self.proxy.asked[0][1].startswith(target), self.proxy.asked)

    def expect_directly(self, secure, **variables):
        code, said, _ = self.call(secure, **variables)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.proxy.asked, [])

    def test_http_is_asked_of_the_proxy_by_the_whole_url(self):
        self.expect_by_proxy(False, "GET", HTTP_PROXY=self.proxy.url())

    def test_https_goes_through_a_tunnel(self):
        self.expect_by_proxy(True, "CONNECT", HTTPS_PROXY=self.proxy.url())

    def test_large_bodies_go_there_and_back(self):
        body, back = (os.path.join(self.state, name) for name in ("body", "back"))
        with open(body, "wb") as out:
            out.write(os.urandom(1 << 20) * 3)
        way = {"HTTPS_PROXY": self.proxy.url()}
        for operation, *more in (
            ["CreateBucket"],
            ["PutObject", "Key=k", "--body", body],
            ["GetObject", "Key=k", "--into", back],
        ):
            code, said, _ = self.call(True, operation, "Bucket=proxied", *more, **way)
            self.assertEqual(code, 0, said)
        with open(body, "rb") as sent, open(back, "rb") as got:
            self.assertTrue(sent.read() == got.read())
        self.assertEqual([method for method, _ in self.proxy.asked], ["CONNECT"] * 3)

    def test_a_variable_in_lower_case_comes_first(self):
        self.expect_by_proxy(
            True, "CONNECT", https_proxy=self.proxy.url(), HTTPS_PROXY="http://127.0.0.1:9"
        )

    def test_a_proxy_for_all_is_one_for_https(self):
        self.expect_by_proxy(True, "CONNECT", ALL_PROXY=self.proxy.url())

    def test_no_proxy_is_heeded(self):
        self.expect_directly(True, HTTPS_PROXY=self.proxy.url(), NO_PROXY="example, 127.0.0.0/8")
        self.expect_directly(False, HTTP_PROXY=self.proxy.url(), no_proxy="*")

    def assume_role(self, **variables):
        config = os.path.join(self.state, "config")
        keys = self.exports["AWS_ACCESS_KEY_ID"], self.exports["AWS_SECRET_ACCESS_KEY"]
        with open(config, "w") as file:
            file.write(
                "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\n"
                "source_profile = base\n[profile base]\n"
                "aws_access_key_id = %s\naws_secret_access_key = %s\n" % keys
            )
        self.proxy.role = ROLE % keys
        return self.call(
            False,
            AWS_CONFIG_FILE=config,
            AWS_PROFILE="role",
            AWS_ACCESS_KEY_ID="",
            AWS_SECRET_ACCESS_KEY="",
            AWS_ENDPOINT_URL_STS=f"http://{STS}",
            **variables,
        )

    def test_roles_are_assumed_by_way_of_the_proxy(self):
        code, said, _ = self.assume_role(HTTP_PROXY=self.proxy.url(), NO_PROXY="127.0.0.1")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.proxy.asked, [("POST", f"http://{STS}:80/")])

    def test_roles_are_assumed_directly_where_no_proxy_says_so(self):
        code, said, _ = self.assume_role(HTTP_PROXY=self.proxy.url(), NO_PROXY=f"127.0.0.1,{STS}")
        self.assertNotEqual(code, 0)
        self.assertIn(f"cannot resolve {STS}", said)
        self.assertEqual(self.proxy.asked, [])

    def test_the_proxy_of_one_scheme_is_not_that_of_the_other(self):
        self.expect_directly(False, HTTPS_PROXY=self.proxy.url())

    def test_a_program_that_serves_cgi_does_not_believe_what_may_be_a_header(self):
        self.expect_directly(False, HTTP_PROXY=self.proxy.url(), REQUEST_METHOD="GET")

    def test_wrong_passwords_are_told_in_one_line(self):
        for secure, name in ((True, "HTTPS_PROXY"), (False, "HTTP_PROXY")):
            code, said, _ = self.call(secure, **{name: self.proxy.url("user:wrong@")})
            self.assertEqual(code, 1)
            self.assertRegex(said, r"the proxy 127\.0\.0\.1 refuses: 407 .*user and password")
            self.assertNotIn("wrong@", said)
            self.assertEqual(len(said.strip().splitlines()), 1, said)

    def test_a_proxy_that_is_not_there_is_named(self):
        code, said, _ = self.call(True, HTTPS_PROXY="http://127.0.0.1:9")
        self.assertEqual(code, 1)
        self.assertIn("the proxy 127.0.0.1:9: connection refused", said)

    def test_a_url_that_is_none_is_told_with_the_variable(self):
        code, said, _ = self.call(True, HTTPS_PROXY="socks5://127.0.0.1:9")
        self.assertNotEqual(code, 0)
        self.assertIn("HTTPS_PROXY: the URL of the proxy: ", said)


class Elsewhere(Endpoint):
    """Hosts of AWS, which the proxy takes the embedded endpoint for."""

    more = ["--echo"]

    def test_what_is_signed_for_several_regions_is_so_in_every_chunk(self):
        proxy = Proxy()
        self.addCleanup(proxy.stop)
        proxy.instead = ("127.0.0.1", int(self.exports["AWS_ENDPOINT_URL_TLS"].split(":")[-1]))
        body = os.path.join(self.state, "body")
        with open(body, "wb") as out:
            out.write(b"0123456789abcdef" * 20000)
        echo = self.exports["AWS_ENDPOINT_URL"] + "/_inia/echo"
        answer = urllib.request.Request(echo, b'{"status": 200}', method="PUT")
        urllib.request.urlopen(answer, timeout=20).close()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment.update(self.exports, HTTPS_PROXY=proxy.url(), AWS_REGION="us-west-2")
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_TLS"):
            environment.pop(name, None)
        for extra in ([], ["ChecksumAlgorithm=SHA256"]):
            point = "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap"
            called = [INIA, "call", "s3", "PutObject", f"Bucket={point}", "Key=k", "--body", body]
            done = subprocess.run(
                called + ["--signed-payload", "--no-verify-ssl", "--max-attempts", "1"] + extra,
                capture_output=True,
                text=True,
                timeout=60,
                env=environment,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            with urllib.request.urlopen(echo, timeout=20) as answer:
                came = json.load(answer)
            headers = {name.lower(): value for name, value in came["headers"]}
            self.assertEqual(
                headers["host"], "mfzwi23gnjvgw.mrap.accesspoint.s3-global.amazonaws.com"
            )
            self.assertEqual(headers["x-amz-region-set"], "*")
            self.assertRegex(headers["x-amz-content-sha256"], "^STREAMING-AWS4-ECDSA-P256-SHA256-")
            self.assertEqual((came["signature"], came["verified"]), ("sigv4a", True))
            self.assertEqual(len(came["body"]), 320000)


class ProxiedByTls(Proxied):
    """All the same by a proxy that is spoken to by TLS."""

    def make_proxy(self):
        return Proxy(self.state)

    def test_a_proxy_that_is_not_known_is_not_spoken_to(self):
        trusted = "/etc/ssl/certs/ca-certificates.crt"
        if not os.path.exists(trusted):
            self.skipTest(f"{trusted} is not there")
        for secure, name in ((True, "HTTPS_PROXY"), (False, "HTTP_PROXY")):
            code, said, _ = self.call(secure, **{name: self.proxy.url(), "AWS_CA_BUNDLE": trusted})
            self.assertEqual(code, 1)
            self.assertIn("TLS with 127.0.0.1: the certificate", said)
            self.assertEqual(len(said.strip().splitlines()), 1, said)
            self.assertEqual(self.proxy.asked, [])

    def test_a_secure_proxy_that_is_not_there_is_named(self):
        code, said, _ = self.call(True, HTTPS_PROXY="https://127.0.0.1:9")
        self.assertEqual(code, 1)
        self.assertIn("the proxy: 127.0.0.1:9: connection refused", said)

    def test_one_that_does_not_speak_tls_is_told(self):
        plain = Proxy()
        self.addCleanup(plain.stop)
        url = plain.url().replace("http:", "https:")
        code, said, _ = self.call(True, HTTPS_PROXY=url)
        self.assertEqual(code, 1)
        self.assertIn("the proxy: TLS with 127.0.0.1: ", said)


if __name__ == "__main__":
    unittest.main()
