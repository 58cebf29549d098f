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


if __name__ == "__main__":
    unittest.main()
