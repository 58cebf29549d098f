"""Servers nobody here wrote, started on loopback and stopped again.

MinIO and versitygw for S3, moto for SQS. Each says why when it cannot be had.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
INIA = os.environ.get("INIA") or os.path.join(SOURCE, "build/release/inia")
DEPS = os.path.join(SOURCE, ".deps")
ACCESS_KEY, SECRET_KEY, REGION = (
    "AKIAINIATESTKEY00001",
    "inia/test+secret/0123456789abcdef",
    "us-east-1",
)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name):
    own = os.path.join(DEPS, "bin", name)
    return own if os.access(own, os.X_OK) else shutil.which(name)


def client_environment(url, secret=SECRET_KEY):
    """This process's, with nothing of AWS in it but how to reach the server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment.update(
        AWS_ENDPOINT_URL=url,
        AWS_REGION=REGION,
        AWS_ACCESS_KEY_ID=ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY=secret,
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    )
    return environment


class Unavailable(Exception):
    """The server cannot be had here; the text says why."""


class Certificates:
    """A CA and a certificate for localhost and 127.0.0.1, by openssl."""

    def __init__(self, folder):
        if not shutil.which("openssl"):
            raise Unavailable("openssl, which makes the certificates, is not installed")
        self.ca = os.path.join(folder, "ca.pem")
        self.certificate = os.path.join(folder, "public.crt")
        self.key = os.path.join(folder, "private.key")
        config = os.path.join(folder, "leaf.cnf")
        with open(config, "w", encoding="ascii") as out:
            out.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        ca_key, request = os.path.join(folder, "ca.key"), os.path.join(folder, "leaf.csr")
        ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self.run(
            "req",
            "-x509",
            *ec,
            "-keyout",
            ca_key,
            "-out",
            self.ca,
            "-days",
            "30",
            "-subj",
            "/CN=inia test CA",
        )
        self.run("req", *ec, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        self.run(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.ca,
            "-CAkey",
            ca_key,
            "-CAcreateserial",
            "-out",
            self.certificate,
            "-days",
            "30",
            "-extfile",
            config,
        )

    @staticmethod
    def run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Server:
    """One running server. url, ca (of TLS, else None) and environment() are for its clients."""

    name, tls_too = "", True

    def __init__(self, tls):
        self.folder = tempfile.mkdtemp(prefix="inia-test-")
        self.port = free_port()
        self.process = None
        self.certificates = Certificates(self.folder) if tls else None
        self.ca = self.certificates.ca if tls else None
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        try:
            command, extra = self.command()
            self.log = open(os.path.join(self.folder, "log"), "wb")
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **extra},
                stdout=self.log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
            self.wait()
        except BaseException:
            self.stop()
            raise

    def command(self):
        raise NotImplementedError

    def wait(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            raise Unavailable(f"{self.name} did not start: {log.read()[-500:]}")

    def environment(self, secret=SECRET_KEY):
        environment = client_environment(self.url, secret)
        if self.ca:
            environment["AWS_CA_BUNDLE"] = self.ca
        return environment

    def stop(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def program(self, name):
        path = find_program(name)
        if not path:
            raise Unavailable(
                f"{name} is not installed: tools/setup --for-tests could not have it"
            )
        return path


class Minio(Server):
    name = "minio"

    def command(self):
        arguments = [
            self.program("minio"),
            "server",
            "--quiet",
            "--address",
            f"127.0.0.1:{self.port}",
        ]
        if self.certificates:
            arguments += ["--certs-dir", self.folder]
        return arguments + [os.path.join(self.folder, "data")], {
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": SECRET_KEY,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
            "HOME": self.folder,
        }


class Versitygw(Server):
    name = "versitygw"

    def command(self):
        data = os.path.join(self.folder, "data")
        meta = os.path.join(self.folder, "meta")
        os.mkdir(data)
        os.mkdir(meta)
        arguments = [
            self.program("versitygw"),
            "--access",
            ACCESS_KEY,
            "--secret",
            SECRET_KEY,
            "--region",
            REGION,
            "--port",
            f"127.0.0.1:{self.port}",
        ]
        if self.certificates:
            arguments += ["--cert", self.certificates.certificate, "--key", self.certificates.key]
        return arguments + ["posix", "--sidecar", meta, data], {}


class Moto(Server):
    name = "moto"

    def command(self):
        own = os.path.join(DEPS, "venv/bin/moto_server")
        program = own if os.access(own, os.X_OK) else shutil.which("moto_server")
        if not program:
            raise Unavailable(
                "moto_server is not installed: tools/setup --for-tests could not have it"
            )
        arguments = [program, "-H", "127.0.0.1", "-p", str(self.port)]
        if self.certificates:
            arguments += [
                "--ssl-cert",
                self.certificates.certificate,
                "--ssl-key",
                self.certificates.key,
            ]
        return arguments, {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


class Report:
    """Counts checks; prints each that failed and one line at the end."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}: {detail}"[:2000])

    def skip(self, what):
        self.skipped += 1
        print(f"SKIP: {what}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed else 0 if self.passed else 77)


def inia(server, *arguments, secret=SECRET_KEY, data=None, settings=None):
    """Runs the command line against the server: (exit code, stdout bytes, stderr text)."""
    done = subprocess.run(
        [INIA, *arguments],
        env={**server.environment(secret), **(settings or {})},
        input=data,
        capture_output=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
