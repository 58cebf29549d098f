"""The servers that clients are compared against: nginx with canned answers, and inia's endpoint."""

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

import measure

BODY_LETTERS = bytes(ord("a") + i % 26 for i in range(26))
SIZES = {"8k": 8 << 10, "8m": 8 << 20}
MESSAGE_SIZE = 1 << 10
QUEUE_PATH = "/000000000000/bench"
BUCKET = "bench"

# Fresh pages for each large body would make the server slower than its clients.
KEEP_PAGES = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "4294967296",
              "MALLOC_TOP_PAD_": "67108864"}

NGINX_CONF = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr emerg;
worker_rlimit_nofile 65536;
events {{ worker_connections 30000; multi_accept on; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_timeout 3600;
    keepalive_requests 1000000000;
    client_max_body_size 0;
    client_body_temp_path {folder}/temp;
    proxy_temp_path {folder}/temp;
    fastcgi_temp_path {folder}/temp;
    uwsgi_temp_path {folder}/temp;
    scgi_temp_path {folder}/temp;
    open_file_cache max=100;
    server_tokens off;
    default_type application/octet-stream;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    add_header x-amz-request-id 7JE5ZK0TA4NDQ3VD;
    add_header x-amz-id-2
        3Yz1ZkSg1sVJr2v0qMBnWBBWYwIDK0jwr7oiBvV7yGkJvYkWzUq8hCqXUOLW4F0mN7fPQ5u8h0k=;
    add_header x-amz-server-side-encryption AES256;
    server {{
        listen 127.0.0.1:{port} backlog=8192;
        listen 127.0.0.1:{tls_port} ssl backlog=8192;
        root {folder}/root;
        location = /status {{ stub_status; }}
        location /{bucket}/ {{
            if ($request_method = PUT) {{ return 200 ""; }}
        }}
        # `return` answers before a large body has come, which wrk does not expect: so it is read
        # first, for a server that is not there.
        location = /{bucket}/8m {{
            if ($request_method = PUT) {{ rewrite ^ /read-first last; }}
        }}
        location = /read-first {{
            internal;
            client_body_buffer_size 9m;
            error_page 502 =200 @answer;
            proxy_pass http://unix:{folder}/nobody;
        }}
        location @answer {{ return 200 ""; }}
        location / {{
            default_type application/x-amz-json-1.0;
            return 200 '{answer}';
        }}
    }}
}}
"""


class Unavailable(Exception):
    """Why a server or a client cannot be had here."""


def body_of(size):
    return (BODY_LETTERS * (size // 26 + 1))[:size]


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for_port(port, process, what):
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Unavailable(f"{what} does not start")


class Server:
    """A process pinned to the server's core, with a plain and a TLS port on loopback."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="inia-bench-")
        self.port, self.tls_port = free_ports(2)
        self.process = None

    def start(self, command, **options):
        self.process = subprocess.Popen(
            command, preexec_fn=measure.pin_to(measure.SERVER_CPU), stdin=subprocess.DEVNULL,
            **options)
        wait_for_port(self.port, self.process, self.name)

    def url(self, tls):
        return f"https://localhost:{self.tls_port}" if tls else f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self):
        return measure.cpu_seconds(self.process.pid)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Server):
    """The server that all clients meet; it counts their requests."""

    def __init__(self, root):
        super().__init__("nginx")
        program = os.path.join(root, ".deps/bin/nginx")
        if not os.access(program, os.X_OK):
            program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if not program:
            raise Unavailable("no nginx; tools/setup --for-tests gets it")
        self.certificate = os.path.join(self.folder, "certificate.pem")
        self.queue_path = QUEUE_PATH
        self._asked = 0
        self._write_files()
        self.start(
            [program, "-p", self.folder, "-c", os.path.join(self.folder, "nginx.conf"), "-e",
             "stderr"], env=dict(os.environ, **KEEP_PAGES))

    def _write_files(self):
        bucket = os.path.join(self.folder, "root", BUCKET)
        os.makedirs(bucket)
        for name, size in SIZES.items():
            with open(os.path.join(bucket, name), "wb") as file:
                file.write(body_of(size))
        os.chmod(self.folder, 0o755)
        make_certificate(self.folder)
        answer = json.dumps({
            "MD5OfMessageBody": hashlib.md5(body_of(MESSAGE_SIZE)).hexdigest(),
            "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274"})
        with open(os.path.join(self.folder, "nginx.conf"), "w") as file:
            file.write(NGINX_CONF.format(
                folder=self.folder, port=self.port, tls_port=self.tls_port, answer=answer,
                bucket=BUCKET))

    def requests(self):
        """How many it has begun to answer since its start, those for this question left out."""
        self._asked += 1
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/status", timeout=10) as answer:
            found = re.search(r"\n\s*\d+\s+\d+\s+(\d+)", answer.read().decode())
        return int(found.group(1)) - self._asked


def make_certificate(folder):
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", os.path.join(folder, "key.pem"),
         "-out", os.path.join(folder, "certificate.pem")], capture_output=True, text=True)
    if made.returncode:
        raise Unavailable("openssl makes no certificate: " + made.stderr.strip()[-200:])


class Endpoint(Server):
    """inia's own, which verifies signatures; each client counts for itself."""

    def __init__(self, inia, *options):
        super().__init__("endpoint")
        self.queue_path = QUEUE_PATH
        self._log = open(os.path.join(self.folder, "log"), "w+")
        self.start(
            [inia, "endpoint", "--port", str(self.port), "--tls-port", str(self.tls_port),
             "--state", self.folder, "--max-memory", "2g", *options],
            stdout=self._log, stderr=subprocess.STDOUT)
        self.certificate = self._certificate()

    def _certificate(self):
        for _ in range(40):
            self._log.seek(0)
            found = re.search(r"AWS_CA_BUNDLE=(\S+)", self._log.read())
            if found:
                return found.group(1).strip("'\"")
            time.sleep(0.05)
        return None

    def stop(self):
        super().stop()
        self._log.close()
