#!/usr/bin/env python3
"""The embedded endpoint, spoken to by hand: pipelining, requests in pieces, bad requests.

Signatures are off here; the endpoint_boto3 tests are about them. INIA names the command line.
"""
import os
import random
import re
import socket
import subprocess
import sys
import time
import unittest

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
SIZES = (0, 1, 8192, 16000, 40000, 70000, 300000, 1000000)


def request(method, path, body=None, *headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: here", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.bytes = b""

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        data = self.socket.recv(1 << 20)
        if not data:
            raise EOFError(f"the connection ended behind {self.bytes[:80]}")
        self.bytes += data

    def answer(self):
        """Status, head and body of the next answer."""
        while b"\r\n\r\n" not in self.bytes:
            self.more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        found = re.search(rb"\r\nContent-Length: (\d+)", head)
        size = int(found[1]) if found else 0
        while len(self.bytes) < size:
            self.more()
        body, self.bytes = self.bytes[:size], self.bytes[size:]
        return int(head.split()[1]), head, body

    def ends(self):
        try:
            return self.bytes == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.socket.close()


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.process = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--no-verify", "--idle", "2s"],
            stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.stop)
        for line in cls.process.stdout:
            found = re.search(r"AWS_ENDPOINT_URL=http://127.0.0.1:(\d+)", line)
            if found:
                cls.port = int(found[1])
                break
        cls.bodies = [os.urandom(size) for size in SIZES]
        client = Client(cls.port)
        client.send(request("PUT", "/here", b""))
        client.send(b"".join(
            request("PUT", f"/here/{i}", body) for i, body in enumerate(cls.bodies)))
        for _ in range(1 + len(SIZES)):
            assert client.answer()[0] == 200
        client.close()

    @classmethod
    def stop(cls):
        cls.process.terminate()
        cls.process.communicate(timeout=20)
        assert cls.process.returncode == 0, cls.process.returncode

    def setUp(self):
        self.client = Client(self.port)
        self.addCleanup(self.client.close)

    def check_get(self, which):
        status, _, body = self.client.answer()
        self.assertEqual(status, 200)
        self.assertTrue(body == self.bodies[which], f"object {which} is not what was put")

    def test_many_requests_at_once_are_answered_in_order(self):
        order = list(range(len(SIZES))) * 10
        random.Random(5).shuffle(order)
        self.client.send(b"".join(request("GET", f"/here/{i}") for i in order))
        for i in order:
            self.check_get(i)

    def test_requests_that_do_not_wait_for_the_answers(self):
        for pause in (0, 0.002):
            for _ in range(100):
                self.client.send(request("GET", "/here/2"))
                time.sleep(pause)
            for _ in range(100):
                self.check_get(2)

    def test_more_is_sent_than_is_kept_while_a_large_answer_is_not_read(self):
        body = os.urandom(3_000_000)
        self.client.send(request("GET", "/here/7") * 8)
        self.client.socket.settimeout(1)
        sent, data = 0, request("PUT", "/here/flood", body) * 5
        try:
            while sent < len(data):
                sent += self.client.socket.send(data[sent:sent + 65536])
        except TimeoutError:
            pass
        self.client.socket.settimeout(20)
        for _ in range(8):
            self.check_get(7)
        self.client.send(data[sent:])
        for _ in range(5):
            self.assertEqual(self.client.answer()[0], 200)

    def test_a_request_byte_by_byte(self):
        data = request("PUT", "/here/slow", b"body") + request("GET", "/here/slow")
        for i in range(len(data)):
            self.client.send(data[i:i + 1])
        self.assertEqual(self.client.answer()[0], 200)
        self.assertEqual(self.client.answer()[2], b"body")

    def test_bodies_in_pieces(self):
        for size in (10, 20_000, 100_000, 3_000_000):
            body = os.urandom(size)
            head = request("PUT", "/here/pieces", None, f"Content-Length: {size}")
            self.client.send(head + body[:size // 3])
            time.sleep(0.02)
            self.client.send(body[size // 3:size // 2])
            time.sleep(0.02)
            self.client.send(body[size // 2:] + request("GET", "/here/pieces"))
            self.assertEqual(self.client.answer()[0], 200)
            self.assertTrue(self.client.answer()[2] == body)

    def test_a_chunked_body(self):
        xml = b"<Delete><Object><Key>nothing</Key></Object></Delete>"
        self.client.send(
            request("POST", "/here?delete", None, "Transfer-Encoding: chunked") +
            b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in xml) + b"0\r\n\r\n")
        status, _, body = self.client.answer()
        self.assertEqual(status, 200)
        self.assertIn(b"<Key>nothing</Key>", body)

    def test_expecting_100_continue(self):
        self.client.send(request(
            "PUT", "/here/expected", None, "Expect: 100-continue", "Content-Length: 4"))
        self.assertEqual(self.client.answer()[0], 100)
        self.client.send(b"body")
        self.assertEqual(self.client.answer()[0], 200)
        self.client.send(request(
            "POST", "/here/expected", None, "Expect: 100-continue", "Content-Length: 4"))
        self.assertEqual(self.client.answer()[0], 405)
        self.assertTrue(self.client.ends())

    def test_head_and_not_modified_have_no_body(self):
        self.client.send(request("HEAD", "/here/2"))
        while b"\r\n\r\n" not in self.client.bytes:
            self.client.more()
        self.assertIn(b"Content-Length: 8192\r\n", self.client.bytes)
        self.client.bytes = b""
        self.client.send(request("GET", "/here/2", None, "If-None-Match: *"))
        self.assertEqual(self.client.answer()[0], 304)
        self.client.send(request("GET", "/here/1"))
        self.check_get(1)

    def test_closing_is_asked_for_and_happens(self):
        self.client.send(request("GET", "/here/2", None, "Connection: close"))
        self.check_get(2)
        self.assertTrue(self.client.ends())

    def test_an_idle_connection_is_closed(self):
        self.client.send(request("GET", "/here/1"))
        self.check_get(1)
        started = time.monotonic()
        self.assertTrue(self.client.ends())
        self.assertTrue(1.5 < time.monotonic() - started < 10)

    def test_bad_heads_end_the_connection(self):
        for data, expected in (
                (b"\0\1 garbage\r\n\r\n", 400),
                (b"GET /here HTTP/1.1\r\nHost : x\r\n\r\n", 400),
                (b"GET /here HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
                (b"GET /here HTTP/1.1\r\nA: " + b"a" * 70000, 431),
                (b"GET /here HTTP/1.1\r\n" + b"".join(
                    b"A%d: b\r\n" % i for i in range(400)) + b"\r\n", 400)):
            client = Client(self.port)
            client.send(data)
            self.assertEqual(client.answer()[0], expected)
            self.assertTrue(client.ends())
            client.close()

    def test_requests_that_are_refused_leave_the_connection_usable(self):
        for data, status, code in (
                (request("GET", "here"), 400, b"InvalidRequest"),
                (request("POST", "/here/x", b"abc"), 405, b"MethodNotAllowed"),
                (request("GET", "/here?acl"), 501, b"NotImplemented"),
                (request("GET", "/here/" + "k" * 1025), 400, b"KeyTooLongError"),
                (request("PUT", "/Here", b""), 400, b"InvalidBucketName"),
                (request("PUT", "/here/m", b"", "x-amz-meta-a: " + "a" * 2049), 400,
                 b"MetadataTooLarge"),
                (request("POST", "/here?delete", b"<a/>x"), 400, b"MalformedXML"),
                (request("GET", "/here?max-keys=x"), 400, b"InvalidArgument"),
                (request("GET", "/here?list-type=2&continuation-token=%21"), 400,
                 b"InvalidArgument"),
                (request("PUT", "/here/1?partNumber=0&uploadId=x", b""), 400,
                 b"InvalidArgument"),
                (request("PUT", "/here/1?partNumber=1&uploadId=x", b""), 404, b"NoSuchUpload"),
                (request("PUT", "/here/1", b"", "x-amz-copy-source: nowhere"), 400,
                 b"InvalidArgument"),
                (request("POST", "/", b"{{", "X-Amz-Target: AmazonSQS.SendMessage"), 400,
                 b"SerializationException"),
                (request("POST", "/", b"{}", "X-Amz-Target: AmazonSQS.Nothing"), 400,
                 b"UnknownOperation"),
                (request("POST", "/", b"{}", "X-Amz-Target: AmazonSQS.SendMessage"), 400,
                 b"MissingRequiredParameter"),
                (request("GET", "/_inia/nothing"), 405, b"MethodNotAllowed")):
            self.client.send(data)
            found, _, body = self.client.answer()
            self.assertEqual(found, status, data[:60])
            self.assertIn(code, body)
        self.client.send(request("GET", "/here/1"))
        self.check_get(1)

    def test_what_is_far_too_large_is_refused_at_once(self):
        self.client.send(request("PUT", "/here/x", None, "Content-Length: 99999999999"))
        status, _, body = self.client.answer()
        self.assertEqual(status, 400)
        self.assertIn(b"EntityTooLarge", body)


if __name__ == "__main__":
    if not os.access(INIA, os.X_OK):
        print(f"SKIP: there is no command line at {INIA}; set INIA")
        sys.exit(77)
    unittest.main(verbosity=0)
