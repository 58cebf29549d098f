"""The clients that are compared: how each is called for one workload."""

import json
import os
import shutil
import subprocess

import servers

FOREVER = 100000000


class NotApplicable(Exception):
    """A client that would be the same as another one for this workload."""


class Client:
    """A command that sends the same request until it is ended."""

    ends_gently = False
    least_requests = 20  # answered before anything is measured
    warmup_s = 0

    def __init__(self, name, command, environment=None):
        self.name = name
        self.command = command
        self.environment = environment

    def read(self, out):
        return {}


class Inia(Client):
    """Prints figures of its own when it is interrupted."""

    ends_gently = True

    def read(self, out):
        try:
            return json.loads(out)
        except ValueError:
            return {}


class Workload:
    """NAME is KIND-SIZE-TRANSPORT[-cN], or sqs-send-TRANSPORT[-cN]."""

    def __init__(self, name):
        self.name = name
        parts = name.split("-")
        self.in_flight = None
        if parts[-1][:1] == "c" and parts[-1][1:].isdigit():
            self.in_flight = int(parts.pop()[1:])
        if len(parts) != 3 or parts[2] not in ("plain", "tls"):
            raise ValueError(name)
        self.kind, self.size_name = parts[0], parts[1]
        self.tls = parts[2] == "tls"
        if parts[:2] == ["sqs", "send"]:
            self.kind, self.size = "sqs", servers.MESSAGE_SIZE
        elif self.kind in ("get", "put") and self.size_name in servers.SIZES:
            self.size = servers.SIZES[self.size_name]
        else:
            raise ValueError(name)
        self.in_flight = self.in_flight or (16 if self.size > 1 << 20 else 64)

    @property
    def is_large(self):
        return self.size > 1 << 20

    def path(self):
        return "/" if self.kind == "sqs" else f"/{servers.BUCKET}/{self.size_name}"


def message_json(server, workload):
    return json.dumps({
        "QueueUrl": server.url(workload.tls) + server.queue_path,
        "MessageBody": servers.body_of(servers.MESSAGE_SIZE).decode()})


def environment_for(server):
    environment = {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"),
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    if server.certificate:
        environment["AWS_CA_BUNDLE"] = server.certificate
        environment["SSL_CERT_FILE"] = server.certificate
        environment["NODE_EXTRA_CA_CERTS"] = server.certificate
    if "INIA_MODELS" in os.environ:
        environment["INIA_MODELS"] = os.environ["INIA_MODELS"]
    return environment


class Makers:
    """Makes clients for a workload; raises servers.Unavailable with the reason."""

    def __init__(self, root, inia, folder):
        self.root = root
        self.inia_path = inia
        self.folder = folder
        self.peers = os.path.join(root, "bench", "peers")
        self._go = None

    def body_file(self, workload, server):
        path = os.path.join(self.folder, f"{workload.kind}-{workload.size}")
        with open(path, "wb") as file:
            if workload.kind == "sqs":
                file.write(message_json(server, workload).encode())
            else:
                file.write(servers.body_of(workload.size))
        return path

    def inia(self, workload, server, duration_s=FOREVER // 1000, prepare=False, extra=()):
        what = {"sqs": "sqs-send"}.get(workload.kind, workload.kind)
        command = [
            self.inia_path, "bench", what, "--json", "--size", str(workload.size), "--in-flight",
            str(workload.in_flight), "--endpoint-url", server.url(workload.tls), "--duration",
            f"{duration_s}s", "--warmup", "300ms"]
        if prepare:
            command += ["--bucket", servers.BUCKET]
        else:
            command += ["--no-prepare", "--bucket", servers.BUCKET, "--key", workload.size_name]
        if workload.kind == "sqs" and not prepare:
            command += ["--queue", server.url(workload.tls) + server.queue_path]
        environment = environment_for(server)
        environment.setdefault("INIA_MODELS", os.path.join(self.root, ".deps", "models"))
        return Inia("inia", command + list(extra), environment)

    def inia_unsigned_payload(self, workload, server):
        """Over TLS that is the default for objects; messages are always hashed."""
        if workload.kind != "put" or workload.tls:
            raise NotApplicable
        client = self.inia(workload, server, extra=["--unsigned-payload"])
        client.name = "inia, payload unsigned"
        return client

    def wrk(self, workload, server):
        wrk = need("wrk")
        script = os.path.join(self.folder, f"{workload.kind}-{workload.size}.lua")
        with open(script, "w") as file:
            if workload.kind == "put":
                file.write(
                    'wrk.method = "PUT"\n'
                    f'wrk.body = io.open("{self.body_file(workload, server)}"):read("*a")\n')
            elif workload.kind == "sqs":
                file.write(
                    'wrk.method = "POST"\n'
                    'wrk.headers["Content-Type"] = "application/x-amz-json-1.0"\n'
                    'wrk.headers["X-Amz-Target"] = "AmazonSQS.SendMessage"\n'
                    f'wrk.body = io.open("{self.body_file(workload, server)}"):read("*a")\n')
        return Client("wrk (unsigned)", [
            wrk, "-t1", f"-c{workload.in_flight}", "-d3600s", "--timeout", "60s", "-s", script,
            server.url(workload.tls) + workload.path()])

    def h2load(self, workload, server):
        command = [
            need("h2load"), "--h1", "-t1", f"-c{workload.in_flight}", "-n", str(FOREVER)]
        if workload.kind == "put":
            command += ["-d", self.body_file(workload, server), "-H", ":method: PUT"]
        elif workload.kind == "sqs":
            command += ["-d", self.body_file(workload, server)]
        return Client(
            "h2load (unsigned)", command + [server.url(workload.tls) + workload.path()])

    def curl(self, workload, server):
        # The globbed part is a query, so that each transfer asks for the same thing.
        command = [
            need("curl"), "-Z", "--parallel-max", str(min(workload.in_flight, 300)), "--no-buffer",
            "-s", "-o", "/dev/null", "--cacert", server.certificate]
        if workload.kind == "put":
            command += ["-T", self.body_file(workload, server), "-H", "Expect:"]
        elif workload.kind == "sqs":
            command += ["--data-binary", "@" + self.body_file(workload, server)]
        url = f"{server.url(workload.tls)}{workload.path()}?[1-{FOREVER}]"
        return Client("curl -Z (unsigned)", command + [url])

    def python(self, name, script, environment_name, workload, server, packages):
        python = os.path.join(self.root, ".deps", environment_name, "bin", "python")
        if not os.access(python, os.X_OK):
            raise servers.Unavailable(f"no .deps/{environment_name}; tools/setup --for-tests")
        missing = subprocess.run(
            [python, "-c", "import " + ", ".join(packages)], capture_output=True)
        if missing.returncode:
            raise servers.Unavailable(f"{' or '.join(packages)} is not installed")
        path = os.path.join(self.peers, "python", script)
        return Client(name, [python, path], self.peer_environment(workload, server))

    def awscrt(self, workload, server):
        if workload.kind == "sqs":
            raise servers.Unavailable("its client speaks S3 only")
        return self.python(
            "awscrt (Python)", "awscrt_s3.py", "venv", workload, server, ["awscrt"])

    def boto3(self, workload, server):
        return self.python(
            "boto3 threads", "boto3_threads.py", "venv", workload, server, ["boto3"])

    def aiobotocore(self, workload, server):
        return self.python(
            "aiobotocore", "aiobotocore_tasks.py", "venv-aiobotocore", workload, server,
            ["aiobotocore"])

    def go(self, workload, server):
        program = self._build_go()
        return Client("aws-sdk-go-v2", [program], self.peer_environment(workload, server))

    def _build_go(self):
        if not self._go:
            program = os.path.join(self.root, ".deps", "peers", "go-client")
            environment = dict(os.environ, GOFLAGS="-mod=mod", GOTOOLCHAIN="local")
            run_or_unavailable(
                [need("go"), "build", "-o", program, "."], os.path.join(self.peers, "go"),
                environment)
            self._go = program
        return self._go

    def javascript(self, workload, server):
        node, folder = need("node"), os.path.join(self.root, ".deps", "peers", "js")
        if not os.path.isdir(os.path.join(folder, "node_modules", "@aws-sdk", "client-sqs")):
            os.makedirs(folder, exist_ok=True)
            shutil.copy(os.path.join(self.peers, "js", "package.json"), folder)
            run_or_unavailable(
                [need("npm"), "install", "--no-audit", "--no-fund", "--silent"], folder)
        shutil.copy(os.path.join(self.peers, "js", "client.mjs"), folder)
        client = Client(
            "aws-sdk-js v3", [node, os.path.join(folder, "client.mjs")],
            self.peer_environment(workload, server))
        client.warmup_s = 1.5  # for its compiler
        return client

    def peer_environment(self, workload, server):
        return dict(
            environment_for(server), PEER_KIND=workload.kind,
            PEER_ENDPOINT=server.url(workload.tls), PEER_IN_FLIGHT=str(workload.in_flight),
            PEER_BUCKET=servers.BUCKET, PEER_KEY=workload.size_name,
            PEER_SIZE=str(workload.size),
            PEER_QUEUE=server.url(workload.tls) + server.queue_path)


def need(program):
    path = shutil.which(program)
    if not path:
        raise servers.Unavailable(f"{program} is not installed")
    return path


def run_or_unavailable(command, folder, environment=None):
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        raise servers.Unavailable(f"{command[0]} takes too long") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise servers.Unavailable(f"{command[0]}: {said[-1] if said else done.returncode}")
