#!/usr/bin/env python3
"""Where credentials come from, asked of a simulated AWS on loopback: IMDS, a container's agent,
STS, SSO, its OIDC service and AWS's sign-in. For each case inia and botocore are given the same
home, files and environment, and must sign with the same access key, or both have none. Then: what
inia alone promises when an answer is slow, wrong, or gone."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import pythons  # noqa: E402

pythons.become_a_python_with("botocore")

import calendar  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import unittest  # noqa: E402
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: E402

INIA = os.environ["INIA"]


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class SimulatedAws(BaseHTTPRequestHandler):
    """Answers by path; `server.faults` maps a name to (how often, what)."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + self.server.ahead_s)

    def is_signed_in_time(self):
        signed = self.headers.get("x-amz-date")
        if not signed:
            return True
        at = calendar.timegm(time.strptime(signed, "%Y%m%dT%H%M%SZ"))
        return abs(at - time.time() - self.server.ahead_s) < 300

    def answer(self, status, body, kind="application/json"):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fault(self, name):
        self.server.asked.append(name)
        left, what = self.server.faults.get(name, (0, None))
        if not left:
            return False
        self.server.faults[name] = (left - 1, what)
        if what == "slow":
            time.sleep(3)
            self.close_connection = True
        elif what == "garbage":
            self.answer(200, "<<<not at all>>>")
        elif what == "throttle":
            self.answer(400, self.sts_error("Throttling", "Rate exceeded"), "text/xml")
        elif what == "close":
            self.close_connection = True
            self.connection.close()
        else:
            self.answer(what, "{}")
        return True

    def keys(self, name, **more):
        life = self.server.life_s
        return {
            "AccessKeyId": name,
            "SecretAccessKey": "secret",
            "Expiration": utc(time.time() + life),
            **more,
        }

    def do_PUT(self):
        if self.path == "/latest/api/token" and not self.fault("imds-token"):
            self.answer(200, "imds-token", "text/plain")

    def do_GET(self):
        path = self.path.split("?")[0]
        role = "/latest/meta-data/iam/security-credentials/"
        if path == role:
            if not self.fault("imds-role"):
                self.answer(200, "machine-role", "text/plain")
        elif path == role + "machine-role":
            if not self.fault("imds-credentials"):
                second = self.headers.get("x-aws-ec2-metadata-token") == "imds-token"
                name = "AKIMDS2" if second else "AKIMDS1"
                self.answer(200, json.dumps(self.keys(name, Token="t", Code="Success")))
        elif path == "/container":
            if not self.fault("container"):
                token = self.headers.get("Authorization", "none")
                self.answer(200, json.dumps(self.keys("AKBOX" + token.upper(), Token="t")))
        elif path == "/federation/credentials":
            if not self.fault("sso"):
                self.sso()
        else:
            self.answer(404, "{}")

    def sso(self):
        token = self.headers.get("x-amz-sso_bearer_token", "")
        if token not in ("access", "renewed"):
            self.answer(401, json.dumps({"message": "Session token not found or invalid"}))
            return
        found = {
            "accessKeyId": "AKSSO" + token.upper(),
            "secretAccessKey": "secret",
            "sessionToken": "t",
            "expiration": int((time.time() + self.server.life_s) * 1000),
        }
        self.answer(200, json.dumps({"roleCredentials": found}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/token":
            if not self.fault("oidc"):
                good = json.loads(body).get("refreshToken") == "refresh"
                answer = {"accessToken": "renewed", "expiresIn": 3600, "refreshToken": "refresh2"}
                self.answer(200 if good else 400, json.dumps(answer if good else {}))
        elif self.path == "/v1/token":
            if not self.fault("signin"):
                self.signin(body)
        elif not self.fault("sts"):
            self.sts(body)

    def signin(self, body):
        if self.headers.get("DPoP", "").count(".") != 2:
            self.answer(400, json.dumps({"error": "no proof"}))
            return
        keys = {"accessKeyId": "AKLOGIN", "secretAccessKey": "secret", "sessionToken": "t"}
        answer = {"accessToken": keys, "expiresIn": 900, "refreshToken": "r2", "tokenType": "x"}
        self.answer(200 if json.loads(body)["refreshToken"] == "r1" else 400, json.dumps(answer))

    def sts(self, body):
        action = re.search("Action=(\\w+)", body).group(1)
        role = re.search("RoleArn=[^&]*%2F(\\w+)", body).group(1)
        by = re.search("Credential=(\\w+)/", self.headers.get("Authorization", ""))
        name = "AK" + role.upper() + ("BY" + by.group(1) if by else "BYTOKEN")
        if "SerialNumber" in body and "TokenCode=123456" not in body:
            self.answer(403, self.sts_error("AccessDenied", "MFA code is wrong"), "text/xml")
            return
        if not self.is_signed_in_time():
            line = self.sts_error("SignatureDoesNotMatch", "Signature expired")
            self.answer(403, line, "text/xml")
            return
        keys = "".join(f"<{k}>{v}</{k}>" for k, v in self.keys(name, SessionToken="t").items())
        self.answer(
            200,
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<{action}Result><Credentials>{keys}</Credentials><AssumedRoleUser>"
            f"<Arn>arn:aws:sts::123456789012:assumed-role/{role}/s</Arn>"
            f"<AssumedRoleId>x</AssumedRoleId></AssumedRoleUser></{action}Result>"
            f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>",
            "text/xml",
        )

    @staticmethod
    def sts_error(code, message):
        return (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            f"<Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        )


# What botocore finds, as a program of its own: its state is kept in the process.
BOTOCORE = """
import botocore.session, sys
try:
    session = botocore.session.Session(profile=sys.argv[1] or None)
    session.set_config_variable('region', 'us-east-1')
    found = session.get_credentials()
    print(found.get_frozen_credentials().access_key if found else '')
except Exception as error:
    print('', file=sys.stdout)
    print(type(error).__name__, error, file=sys.stderr)
"""

KEYS = "aws_access_key_id = {0}\naws_secret_access_key = s\n"
ROLE = "role_arn = arn:aws:iam::1:role/{0}\n"


class Sources(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), SimulatedAws)
        cls.server.daemon_threads = True
        cls.url = f"http://127.0.0.1:{cls.server.server_address[1]}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.server.faults = {}
        self.server.asked = []
        self.server.life_s = 7200
        self.server.ahead_s = 0
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        (self.home / ".aws").mkdir()

    def write(self, path, text):
        path = self.home / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def environment(self, **more):
        services = ("STS", "SSO", "SSO_OIDC", "SIGNIN")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "INIA_MODELS": os.environ["INIA_MODELS"],
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url,
            **{f"AWS_ENDPOINT_URL_{name}": self.url for name in services},
            **more,
        }

    def inia(self, profile="", **more):
        command = [INIA, "sign", "dynamodb", "ListTables", "--json"]
        if profile:
            command += ["--profile", profile]
        done = subprocess.run(
            command, env=self.environment(**more), capture_output=True, text=True, timeout=60
        )
        found = re.search("Credential=(\\w+)/", done.stdout)
        return found.group(1) if found else "", done.stderr.strip()

    def botocore(self, profile="", **more):
        done = subprocess.run(
            [sys.executable, "-c", BOTOCORE, profile],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.strip()

    def same(self, expected, profile="", **more):
        """botocore goes first: what it writes to caches is then taken back."""
        kept = {path: path.read_bytes() for path in self.home.rglob("*.json")}
        self.assertEqual(self.botocore(profile, **more), expected, "botocore")
        for path, bytes_ in kept.items():
            path.write_bytes(bytes_)
        found, problem = self.inia(profile, **more)
        self.assertEqual(found, expected, problem)
        if not expected:
            self.assertEqual(problem.count("\n"), 0, problem)
            self.assertNotIn("secret", problem.replace("aws_secret_access_key", ""))

    # ---- Keys

    def test_the_environment_wins_over_a_profile_that_was_not_named(self):
        self.write(".aws/credentials", "[default]\n" + KEYS.format("AKFILE"))
        keys = {"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "s"}
        self.same("AKENV", **keys)
        self.same("AKFILE", profile="default", **keys)

    def test_keys_of_the_credentials_file_go_before_a_process_those_of_config_after(self):
        program = 'credential_process = echo {"Version":1,"AccessKeyId":"AKP"}\n'
        program = (
            "credential_process = echo "
            """'{"Version":1,"AccessKeyId":"AKPROGRAM","SecretAccessKey":"s"}'\n"""
        )
        self.write(".aws/config", "[default]\n" + program + KEYS.format("AKCONFIG"))
        self.same("AKPROGRAM")
        self.write(".aws/credentials", "[default]\n" + KEYS.format("AKFILE"))
        self.same("AKFILE")

    def test_half_of_a_pair_is_an_error(self):
        self.write(".aws/credentials", "[default]\naws_access_key_id = AKHALF\n")
        self.same("")

    # ---- Roles

    def test_a_role_is_assumed_with_the_keys_of_its_source_profile(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "source_profile = b\nexternal_id = xx\n"
            "[profile b]\n" + KEYS.format("AKBASE"),
        )
        self.same("AKRABYAKBASE", profile="a")
        self.same("AKRABYAKBASE", AWS_PROFILE="a")

    def test_roles_are_assumed_one_after_the_other(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "source_profile = b\n"
            "[profile b]\n" + ROLE.format("rb") + "source_profile = c\n"
            "[profile c]\n" + KEYS.format("AKBASE"),
        )
        self.same("AKRABYAKRBBYAKBASE", profile="a")

    def test_sources_by_name(self):
        text = "[profile a]\n" + ROLE.format("ra") + "credential_source = {0}\n"
        self.write(".aws/config", text.format("Environment"))
        keys = {"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "s"}
        self.same("AKRABYAKENV", profile="a", **keys)
        self.write(".aws/config", text.format("Ec2InstanceMetadata"))
        self.same("AKRABYAKIMDS2", profile="a")
        self.write(".aws/config", text.format("EcsContainer"))
        self.same(
            "AKRABYAKBOXNONE",
            profile="a",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=self.url + "/container",
        )
        self.same("", profile="a")
        self.write(".aws/config", text.format("Nowhere"))
        self.same("", profile="a")

    def test_circles_and_missing_profiles_are_errors(self):
        role = "[profile {0}]\n" + ROLE.format("r") + "source_profile = {1}\n"
        self.write(".aws/config", role.format("a", "b") + role.format("b", "a"))
        self.same("", profile="a")
        self.write(".aws/config", role.format("a", "gone"))
        self.same("", profile="a")
        self.write(".aws/config", role.format("a", "a"))
        self.same("", profile="a")

    def test_a_web_identity_of_the_environment_or_of_a_profile(self):
        token = self.write("token", "a.web.token")
        more = {"AWS_ROLE_ARN": "arn:aws:iam::1:role/web", "AWS_WEB_IDENTITY_TOKEN_FILE": token}
        self.same("AKWEBBYTOKEN", **more)
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("pw") + f"web_identity_token_file = {token}\n"
            "[profile b]\n" + ROLE.format("rb") + "source_profile = a\n",
        )
        self.same("AKPWBYTOKEN", profile="a", **more)
        self.same("AKRBBYAKPWBYTOKEN", profile="b")
        os.unlink(token)
        self.same("", profile="a")

    # ---- SSO and login

    def sso(self, lasts_s, name="dev", **more):
        self.write(
            ".aws/config",
            "[default]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = r\n"
            "[sso-session dev]\nsso_region = us-east-1\nsso_start_url = https://x.test/start\n",
        )
        token = {
            "accessToken": "access",
            "expiresAt": utc(time.time() + lasts_s),
            "clientId": "c",
            "clientSecret": "cs",
            "registrationExpiresAt": utc(time.time() + 9000),
            **more,
        }
        digest = hashlib.sha1(name.encode()).hexdigest()
        return self.write(f".aws/sso/cache/{digest}.json", json.dumps(token))

    def test_a_token_of_sso_gets_the_roles_credentials(self):
        self.sso(7200)
        self.same("AKSSOACCESS")

    def test_a_token_of_sso_is_renewed_and_kept(self):
        path = self.sso(60, refreshToken="refresh")
        self.same("AKSSORENEWED")
        kept = json.loads(pathlib.Path(path).read_text())
        self.assertEqual(kept["accessToken"], "renewed")
        self.assertEqual(kept["refreshToken"], "refresh2")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_a_token_of_sso_that_ran_out_is_an_error(self):
        self.sso(-60)
        self.same("")
        self.sso(-60, refreshToken="wrong")
        self.same("")

    def test_sso_in_the_old_way_by_its_start_url(self):
        self.sso(7200, name="https://x.test/start")
        self.write(
            ".aws/config",
            "[default]\nsso_start_url = https://x.test/start\nsso_region = us-east-1\n"
            "sso_account_id = 123456789012\nsso_role_name = r\n",
        )
        self.same("AKSSOACCESS")

    def login(self, lasts_s):
        key = subprocess.run(
            ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        self.write(".aws/config", "[default]\nlogin_session = arn:aws:iam::1:user/me\n")
        session = {
            "accessToken": {
                "accessKeyId": "AKCACHED",
                "secretAccessKey": "secret",
                "sessionToken": "t",
                "accountId": "123456789012",
                "expiresAt": utc(time.time() + lasts_s),
            },
            "refreshToken": "r1",
            "clientId": "c",
            "dpopKey": key,
            "tokenType": "x",
            "idToken": "i",
        }
        digest = hashlib.sha256(b"arn:aws:iam::1:user/me").hexdigest()
        return self.write(f".aws/login/cache/{digest}.json", json.dumps(session))

    def test_a_login_serves_while_it_lasts_and_is_renewed_with_proof_of_its_key(self):
        self.login(3600)
        self.same("AKCACHED")
        path = self.login(-10)
        found, problem = self.inia()
        self.assertEqual(found, "AKLOGIN", problem)
        kept = json.loads(pathlib.Path(path).read_text())
        self.assertEqual(kept["refreshToken"], "r2")
        self.assertEqual(kept["clientId"], "c")
        self.assertEqual(kept["accessToken"]["accountId"], "123456789012")

    # ---- Programs

    def program(self, command):
        self.write(".aws/config", f"[default]\ncredential_process = {command}\n")

    def test_programs_that_fail_or_write_nonsense_are_errors(self):
        for command in ("false", "echo nonsense", """echo '{"Version":2}'""", "/no/such/file"):
            with self.subTest(command=command):
                self.program(command)
                self.same("")

    def test_a_program_gets_its_words_as_a_shell_splits_them(self):
        script = self.write(
            "keys.py",
            "import json, sys\nprint(json.dumps({'Version': 1, 'AccessKeyId': 'AK' + "
            "'Q'.join(sys.argv[1:]), 'SecretAccessKey': 's'}))\n",
        )
        self.program(f"{sys.executable} {script} a 'b' \"c\" d\\e")
        self.same("AKaQbQcQde")

    # ---- Metadata

    def test_a_containers_credentials_with_a_token_of_the_environment_or_a_file(self):
        more = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/container"}
        self.same("AKBOXNONE", **more)
        self.same("AKBOXABC", AWS_CONTAINER_AUTHORIZATION_TOKEN="abc", **more)
        path = self.write("token", "fromfile")
        self.same("AKBOXFROMFILE", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path, **more)
        self.same("", AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/container")

    def test_an_instances_role_by_either_version(self):
        self.same("AKIMDS2")
        self.server.faults = {"imds-token": (9, 404)}
        self.same("AKIMDS1")
        self.server.faults = {"imds-token": (9, 404)}
        self.same("", AWS_EC2_METADATA_V1_DISABLED="true")
        self.same("", AWS_EC2_METADATA_DISABLED="true")

    # ---- What is inia's own promise: one line, in time, whatever comes

    def test_what_fails_once_is_asked_again(self):
        more = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/container"}
        for what in (500, 503, 429, "close"):
            with self.subTest(what=what):
                self.server.faults = {"container": (1, what)}
                self.assertEqual(self.inia(**more)[0], "AKBOXNONE")

    def test_a_throttling_sts_is_asked_again_and_roles_are_assumed_in_order(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "source_profile = b\n"
            "[profile b]\n" + ROLE.format("rb") + "source_profile = c\n"
            "[profile c]\n" + KEYS.format("AKBASE"),
        )
        for times in (1, 2):
            self.server.faults = {"sts": (times, "throttle")}
            self.assertEqual(self.inia(profile="a"), ("AKRABYAKRBBYAKBASE", ""))
        self.server.faults = {"sts": (9, "throttle")}
        self.assertIn("Throttling: Rate exceeded", self.inia(profile="a")[1])

    def test_a_clock_that_is_off_keeps_no_role_from_being_assumed(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "source_profile = b\n"
            "[profile b]\n" + ROLE.format("rb") + "source_profile = c\n"
            "[profile c]\n" + KEYS.format("AKBASE"),
        )
        for ahead_s in (1200, -1200):
            with self.subTest(ahead_s=ahead_s):
                self.server.ahead_s = ahead_s
                self.server.asked.clear()
                self.assertEqual(self.inia(profile="a"), ("AKRABYAKRBBYAKBASE", ""))
                self.assertEqual(self.server.asked, ["sts"] * 3)

    def test_credentials_whose_end_is_no_date_are_none(self):
        for end, expected in (
            ('"tomorrow"', ""),
            ("{}", ""),
            ('""', ""),
            ("null", "AKP"),
            ('"2041-01-01T00:00:00Z"', "AKP"),
        ):
            with self.subTest(end=end):
                keys = '"Version":1,"AccessKeyId":"AKP","SecretAccessKey":"s"'
                script = self.write("keys.json", f'{{{keys},"Expiration":{end}}}')
                self.program(f"cat {script}")
                found, problem = self.inia()
                self.assertEqual(found, expected, problem)
                self.assertTrue(expected or "Expiration is no date" in problem, problem)

    def test_a_session_of_sso_that_is_not_there_is_told_with_its_line(self):
        self.write(
            ".aws/config",
            "[default]\nsso_account_id = 1\nsso_session = gone\nsso_role_name = r\n",
        )
        self.told("config:3: there is no [sso-session gone]")
        self.write(".aws/config", "[default]\nsso_account_id = 1\nsso_role_name = r\n")
        self.told('config:2: profile "default" is for SSO, but sso_start_url is missing')

    def test_slow_garbled_and_failing_services_are_told_of_in_one_line(self):
        self.sso(7200)
        sso = {}
        box = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/container"}
        for name, profile_free, more in (
            ("container", True, box),
            ("imds-role", True, {}),
            ("imds-credentials", True, {}),
            ("sso", False, sso),
        ):
            if profile_free:
                (self.home / ".aws/config").unlink(missing_ok=True)
            else:
                self.sso(7200)
            for what in ("garbage", "slow", 400, 500):
                with self.subTest(service=name, fault=what):
                    self.server.faults = {name: (9, what)}
                    started = time.monotonic()
                    found, problem = self.inia(**more)
                    self.assertEqual(found, "")
                    self.assertEqual(problem.count("\n"), 0, problem)
                    self.assertIn("no credentials", problem)
                    self.assertLess(time.monotonic() - started, 30)

    def odd_files(self, name):
        """What may stand where a token should, and what is said of it."""
        folder = self.home / name
        folder.mkdir()
        os.mkfifo(folder / "pipe")
        self.write(f"{name}/huge", "x" * 70000)
        self.write(f"{name}/empty", " \n")
        return [
            (folder / "none", "No such file or directory"),
            (folder / "pipe", "it is no regular file"),
            (folder / "huge", "it is too long to hold a token"),
            (folder, "it is a folder"),
            (folder / "none/below", "No such file or directory"),
            (folder / "empty", "empty"),
        ]

    def told(self, *words, **more):
        started = time.monotonic()
        found, problem = self.inia(**more)
        self.assertEqual(found, "")
        self.assertEqual(problem.count("\n"), 0, problem)
        for part in words:
            self.assertIn(part, problem)
        self.assertLess(time.monotonic() - started, 10)

    def test_what_stands_where_a_web_identity_should_is_told_in_one_line(self):
        for path, words in self.odd_files("web"):
            with self.subTest(path=path):
                file = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(path)}
                self.told(words, str(path), AWS_ROLE_ARN="arn:aws:iam::1:role/web", **file)

    def test_what_stands_where_a_containers_token_should_is_told_in_one_line(self):
        for path, words in self.odd_files("box")[:-1]:
            with self.subTest(path=path):
                more = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/container"}
                more["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(path)
                self.told(words, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", **more)

    def test_what_stands_where_the_token_of_sso_should_is_told_in_one_line(self):
        self.sso(7200)
        (cache,) = (self.home / ".aws/sso/cache").glob("*.json")
        for path, words in self.odd_files("odd")[:-1]:
            with self.subTest(path=path):
                cache.unlink(missing_ok=True)
                cache.symlink_to(path)
                self.told(words, "run aws sso login")
        for contents in ("", "[]", "{", '{"accessToken": 5}', '{"accessToken": "a"}', "\0"):
            with self.subTest(contents=contents):
                cache.unlink()
                cache.write_text(contents)
                self.told("holds no token: run aws sso login")

    def test_what_stands_where_a_login_should_is_told_in_one_line(self):
        self.login(7200)
        (cache,) = (self.home / ".aws/login/cache").glob("*.json")
        for path, words in self.odd_files("odd")[:-1]:
            with self.subTest(path=path):
                cache.unlink(missing_ok=True)
                cache.symlink_to(path)
                self.told(words, "run aws login")

    def test_a_program_that_is_not_there_or_not_one_is_told_in_one_line(self):
        text = self.write("text", "no program\n")
        for command, words in (
            ("/no/such/file", "No such file or directory"),
            ("no-such-program-anywhere", "No such file or directory"),
            (text, "Permission denied"),
            (str(self.home), "Permission denied"),
            ("false", "it exited with 1"),
            ("sh -c 'kill -9 $$'", "it was ended by signal 9"),
            ("head -c 200000 /dev/zero", "it writes too much"),
            ("true", "what it wrote is no JSON object"),
            ("'", ""),
        ):
            with self.subTest(command=command):
                self.program(command)
                self.told(words, "credential_process")

    # ---- A person

    def at_a_terminal(self, command, typed, **more):
        """What a program prints whose terminal is one of ours, in which somebody types a line."""
        child, terminal = os.forkpty()
        if child == 0:
            os.execvpe(command[0], command, self.environment(**more))
        printed = b""
        while b"MFA code for" not in printed:
            printed += os.read(terminal, 4096)
        self.server.asked.append("a person")
        time.sleep(0.3)  # until what was typed is not shown any more
        os.write(terminal, typed.encode() + b"\n")
        try:
            while piece := os.read(terminal, 4096):
                printed += piece
        except OSError:  # how a terminal ends
            pass
        os.waitpid(child, 0)
        os.close(terminal)
        return printed.decode()

    def test_a_person_types_the_code_that_a_role_wants_once_its_source_has_answered(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "credential_source = EcsContainer\n"
            "mfa_serial = arn:aws:iam::1:mfa/me\n",
        )
        box = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + "/container"}
        theirs = self.at_a_terminal([sys.executable, "-c", BOTOCORE, "a"], "123456", **box)
        self.server.asked.clear()
        command = [INIA, "sign", "dynamodb", "ListTables", "--json", "--profile", "a"]
        ours = self.at_a_terminal(command, "123456", **box)
        self.assertIn("AKRABYAKBOXNONE", theirs)
        self.assertIn("Credential=AKRABYAKBOXNONE/", ours)
        self.assertIn("Enter MFA code for arn:aws:iam::1:mfa/me: \r\n", ours)  # not shown
        self.assertEqual(self.server.asked, ["container", "a person", "sts"])
        self.assertIn("MFA code is wrong", self.at_a_terminal(command, "654321", **box))
        self.assertIn("none was given", self.at_a_terminal(command, "", **box))

    def test_a_role_that_wants_mfa_and_has_no_one_to_ask_says_so(self):
        self.write(
            ".aws/config",
            "[profile a]\n" + ROLE.format("ra") + "source_profile = b\nmfa_serial = arn:mfa/me\n"
            "[profile b]\n" + KEYS.format("AKBASE"),
        )
        found, problem = self.inia(profile="a")
        self.assertEqual(found, "")
        self.assertIn("arn:mfa/me", problem)


if __name__ == "__main__":
    if not os.environ.get("INIA_MODELS"):
        print("SKIP: INIA_MODELS names no models")
        sys.exit(77)
    unittest.main()
