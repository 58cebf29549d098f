#!/usr/bin/env python3
"""Settings mean to inia what they mean to botocore: for files and environments made by chance, both
have the same region, endpoint, retries, checksums and all else that `inia doctor` tells.

SETTINGS_SEEDS says how many are made; the one that differs is printed with its seed.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

try:
    import botocore.exceptions
    import botocore.session
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
SEEDS = int(os.environ.get("SETTINGS_SEEDS", "60"))
SERVICES = {
    "s3": ("ListBuckets", "list_buckets", "s3"),
    "dynamodb": ("ListTables", "list_tables", "dynamodb"),
    "sts": ("GetCallerIdentity", "get_caller_identity", "sts"),
    "sqs": ("ListQueues", "list_queues", "sqs"),
    "ec2": ("DescribeRegions", "describe_regions", "ec2"),
}
FLAGS = ["true", "false", "True", "FALSE"]
# key in the file, variable, values; a variable of None: it is in the file only
SETTINGS = [
    ("region", "AWS_DEFAULT_REGION", ["us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1"]),
    ("retry_mode", "AWS_RETRY_MODE", ["standard", "adaptive"]),
    ("max_attempts", "AWS_MAX_ATTEMPTS", ["1", "4", "10"]),
    ("defaults_mode", "AWS_DEFAULTS_MODE", ["standard", "in-region", "legacy", "mobile"]),
    ("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT", FLAGS),
    ("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT", FLAGS),
    ("sts_regional_endpoints", "AWS_STS_REGIONAL_ENDPOINTS", ["regional", "legacy"]),
    ("request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION", ["WHEN_REQUIRED"]),
    ("response_checksum_validation", "AWS_RESPONSE_CHECKSUM_VALIDATION", ["when_required"]),
    ("disable_request_compression", "AWS_DISABLE_REQUEST_COMPRESSION", FLAGS),
    ("request_min_compression_size_bytes", "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", ["1", "99"]),
    ("sdk_ua_app_id", "AWS_SDK_UA_APP_ID", ["app", "other"]),
    ("sigv4a_signing_region_set", "AWS_SIGV4A_SIGNING_REGION_SET", ["*", "us-east-1,eu-west-1"]),
    ("account_id_endpoint_mode", "AWS_ACCOUNT_ID_ENDPOINT_MODE", ["preferred", "disabled"]),
    ("endpoint_url", "AWS_ENDPOINT_URL", ["http://localhost:9000", "https://own.example/path"]),
    ("ignore_configured_endpoint_urls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", FLAGS),
    ("disable_host_prefix_injection", "AWS_DISABLE_HOST_PREFIX_INJECTION", FLAGS),
]
S3 = [
    ("addressing_style", ["auto", "path", "virtual"]),
    ("use_accelerate_endpoint", FLAGS),
    ("us_east_1_regional_endpoint", ["regional", "legacy"]),
    ("use_dualstack_endpoint", FLAGS),
]


class Captured(Exception):
    pass


def make(seed):
    """A service, a file, an environment."""
    chance = random.Random(seed)
    service = chance.choice(list(SERVICES))
    profile, variables = {"region": "us-west-2"}, {}
    for key, variable, values in SETTINGS:
        if chance.random() < 0.25:
            profile[key] = chance.choice(values)
        if chance.random() < 0.2:
            variables[variable] = chance.choice(values)
    lines = [f"{key} = {value}" for key, value in profile.items()]
    section = [(key, chance.choice(values)) for key, values in S3 if chance.random() < 0.3]
    # Without a word, inia's and the AWS CLI's S3 is regional; botocore's is not.
    if not any(key == "us_east_1_regional_endpoint" for key, _ in section):
        section.append(("us_east_1_regional_endpoint", "regional"))
    lines += ["s3 ="] + [f"  {key} = {value}" for key, value in section]
    name = "default"
    if chance.random() < 0.5:
        name = "profile dev"
        variables[chance.choice(["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])] = "dev"
    if chance.random() < 0.3:
        lines += ["services = mine"]
    lines = [f"[{name}]"] + lines
    lines += ["[services mine]", f"{SERVICES[service][2]} =", "  endpoint_url = http://svc:81"]
    if chance.random() < 0.15:
        variables[f"AWS_ENDPOINT_URL_{SERVICES[service][2].upper()}"] = "http://one.example:82"
    variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"] = "AKID", "secret"
    if chance.random() < 0.5:
        variables["AWS_ACCOUNT_ID"] = "123456789012"
    return service, "\n".join(lines) + "\n", variables


def environment(home, variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["AWS_CONFIG_FILE"] = os.path.join(home, "config")
    return {**kept, "HOME": home, **variables}


def by_inia(service, home, variables):
    command = [INIA, "doctor", service, SERVICES[service][0], "--offline", "--json"]
    command.append("--no-verify-ssl")
    done = subprocess.run(
        command, env=environment(home, variables), capture_output=True, text=True, timeout=60
    )
    told = json.loads(done.stdout)
    if not told["well"]:
        return {"refused": True, "why": told["checks"][0]["detail"]}
    return {item["name"]: item.get("value", "") for item in told["settings"]}


def by_botocore(service, home, variables):
    with unittest.mock.patch.dict(os.environ, environment(home, variables), clear=True):
        try:
            client = botocore.session.Session().create_client(service)
            caught = []

            def catch(request, **_):
                caught.append(request)
                raise Captured

            client.meta.events.register("before-send", catch)
            getattr(client, SERVICES[service][1])()
        except Captured:
            pass
        except (botocore.exceptions.BotoCoreError, ValueError) as error:
            return {"refused": True, "why": str(error)}
    config = client.meta.config
    scheme, _, rest = caught[0].url.partition("://")
    return {
        "endpoint": f"{scheme}://{rest.split('/')[0].split('?')[0]}",
        "region": client.meta.region_name,
        "retry_mode": config.retries["mode"],
        "max_attempts": str(config.retries.get("total_max_attempts", 3)),
        "request_checksum_calculation": config.request_checksum_calculation,
        "response_checksum_validation": config.response_checksum_validation,
        "disable_request_compression": str(config.disable_request_compression).lower(),
        "request_min_compression_size_bytes": str(config.request_min_compression_size_bytes),
        "sdk_ua_app_id": config.user_agent_appid or "",
        "sigv4a_signing_region_set": config.sigv4a_signing_region_set or "",
        "account_id_endpoint_mode": config.account_id_endpoint_mode,
        "disable_host_prefix_injection": str(not config.inject_host_prefix).lower(),
    }


def on_purpose(name, ours, theirs, told):
    """Where inia means to differ; see README."""
    if name == "retry_mode" and ours == "inia":
        return theirs == "standard"
    if name == "max_attempts" and told["retry_mode"] == "inia":
        return (ours, theirs) == ("4", "3")  # DynamoDB, whose retries are quick
    if name.endswith(("_calculation", "_validation")) and told["endpoint_url"]:
        return ours == "when_required"
    return name == "account_id_endpoint_mode" and not ours


class Settings(unittest.TestCase):
    maxDiff = None

    def check(self, seed):
        service, config, variables = make(seed)
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, "config"), "w", encoding="utf-8") as file:
                file.write(config)
            ours = by_inia(service, home, variables)
            theirs = by_botocore(service, home, variables)
        about = f"seed {seed}: {service}\n{config}{variables}\n{ours}\n{theirs}"
        self.assertEqual("refused" in ours, "refused" in theirs, about)
        if "refused" in ours:
            return False
        for name, value in theirs.items():
            got = ours.get(name, "")
            if got.lower() != value.lower() and not on_purpose(name, got.lower(), value, ours):
                self.fail(f"{name}: {got} is {value} in botocore\n{about}")
        return True

    def test_what_is_told_is_what_botocore_does(self):
        compared = sum(self.check(seed) for seed in range(SEEDS))
        print(f"{compared} of {SEEDS} alike, the others refused by both")
        self.assertGreater(compared, SEEDS // 2)

    # ---- What is odd about a file or an environment

    def alike(self, config, credentials="", service="sts", **variables):
        """Both sign with the same key for the same region, or both refuse."""
        with tempfile.TemporaryDirectory() as home:
            for name, text in (("config", config), ("credentials", credentials)):
                os.makedirs(f"{home}/.aws", exist_ok=True)
                with open(f"{home}/.aws/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
            kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
            kept.update(HOME=home, AWS_EC2_METADATA_DISABLED="true", **variables)
            kept.setdefault("AWS_CONFIG_FILE", f"{home}/.aws/config")
            ours = self.signed_by_inia(service, kept)
            theirs = self.signed_by_botocore(service, kept)
        about = f"{config!r} {credentials!r} {variables}: {ours} {theirs}"
        self.assertEqual(ours[:2], theirs[:2], about)
        return ours

    def signed_by_inia(self, service, variables):
        command = [INIA, "sign", service, SERVICES[service][0], "--json"]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
        if done.returncode:
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            return None, None, done.stderr
        request = json.loads(done.stdout)
        scope = request["headers"]["authorization"].partition("Credential=")[2].split("/")
        return scope[0] + " " + scope[2], request["url"].split("/")[2], ""

    def signed_by_botocore(self, service, variables):
        with unittest.mock.patch.dict(os.environ, variables, clear=True):
            try:
                client = botocore.session.Session().create_client(service)

                def catch(request, **_):
                    scope = request.headers["Authorization"].decode()
                    scope = scope.partition("Credential=")[2].split("/")
                    raise Captured(scope[0] + " " + scope[2], request.url.split("/")[2])

                client.meta.events.register("before-send", catch)
                getattr(client, SERVICES[service][1])()
            except Captured as caught:
                return caught.args
            except (botocore.exceptions.BotoCoreError, ValueError) as error:
                return None, None, str(error)
        return None, None, "no request"

    KEYS = "aws_access_key_id = AK\naws_secret_access_key = s\n"

    def test_profiles_have_the_names_they_have_to_botocore(self):
        for name in ("müller", "dev(eu)", "a@b.c", "a&b", "x:y", "日本", "-", "1"):
            with self.subTest(name=name):
                config = f"[profile {name}]\nregion = eu-west-1\n"
                self.alike(config, f"[{name}]\n{self.KEYS}", AWS_PROFILE=name)
                self.alike(config, f"[{name}]\n{self.KEYS}", AWS_PROFILE="other")

    def test_regions_that_are_none_are_refused_with_their_line(self):
        for region in ("us-west-2/", "x.y", "-x", "x-", "1", "a@b", "x" * 64, "us west", "ü"):
            with self.subTest(region=region):
                found = self.alike(f"[default]\nregion = {region}\n", f"[default]\n{self.KEYS}")
                self.assertIn("config:2: region is '", found[2])
        self.alike(f"[default]\nregion = {'x' * 63}\n", f"[default]\n{self.KEYS}")

    def test_regions_of_old_with_fips_in_their_names_are_regions_with_fips(self):
        for region in ("fips-us-gov-west-1", "us-gov-west-1-fips", "us-east-1-fips"):
            for service in SERVICES:
                if service == "s3" and region == "us-east-1-fips":
                    continue  # where botocore's is the global endpoint's, without a word
                with self.subTest(region=region, service=service):
                    config = f"[default]\nregion = {region}\n"
                    self.alike(config, f"[default]\n{self.KEYS}", service)

    def test_a_services_section_that_is_not_there_is_told_with_its_line(self):
        config = "[default]\nregion = eu-west-1\nservices = gone\n"
        found = self.alike(config, f"[default]\n{self.KEYS}")
        self.assertIn("config:3: services is 'gone'", found[2])
        self.alike(config, f"[default]\n{self.KEYS}", AWS_ENDPOINT_URL_STS="http://own.example")
        ignored = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
        self.alike(config, f"[default]\n{self.KEYS}", **ignored)

    def test_half_a_pair_in_the_environment_is_what_it_is_to_botocore(self):
        config = "[default]\nregion = eu-west-1\n"
        for half in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            with self.subTest(half=half):
                self.alike(config, f"[default]\n{self.KEYS}", **{half: "half"})

    def test_files_are_found_by_names_with_variables_in_them(self):
        config = f"[default]\nregion = eu-west-1\n{self.KEYS}"
        for name in ("$HOME/.aws/config", "${HOME}/.aws/config", "~/.aws/config", "$NONE/config"):
            with self.subTest(name=name):
                self.alike(config, AWS_CONFIG_FILE=name, AWS_DEFAULT_REGION="eu-west-1")

    def test_home_is_that_of_the_user_where_no_variable_says_it(self):
        variables = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        variables.pop("HOME", None)
        command = [INIA, "doctor", "sts", "--offline", "--json", "--region", "us-east-1"]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60)
        told = {item["name"]: item.get("value") for item in json.loads(done.stdout)["settings"]}
        with unittest.mock.patch.dict(os.environ, variables, clear=True):
            self.assertEqual(told["config file"], os.path.expanduser("~/.aws/config"))


if __name__ == "__main__":
    unittest.main()
