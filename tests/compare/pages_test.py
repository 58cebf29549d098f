#!/usr/bin/env python3
"""The same outputs lead to the same next page, and to the same verdict of a waiter, in botocore and
in inia.

usage: pages_test.py [--seed N] [--turns N] [--show N] [SERVICE ...]

Every paginator and every waiter of every service gets random outputs that fit its operation's
shape, in which the texts, numbers and codes that its rules look for are frequent.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import botocore  # noqa: F401
except ImportError:
    print("SKIP: botocore is not installed: tools/setup --for-tests could not have it")
    sys.exit(77)
from botocore.exceptions import DataNotFoundError, PaginationError, WaiterError  # noqa: E402
from botocore.paginate import Paginator  # noqa: E402
from botocore.waiter import SingleWaiterConfig, Waiter  # noqa: E402
from jmespath.exceptions import JMESPathError  # noqa: E402

import peer  # noqa: E402

MOST_DEPTH = 7
PLAIN_TEXTS = ["", "a", "None", "token", "Gr\u00fc\u00dfe", "0"]


class Maker:
    """Random outputs of a shape, with no null: botocore leaves those out of what it gives."""

    def __init__(self, chooser, texts):
        self.chooser = chooser
        self.texts = PLAIN_TEXTS + 3 * texts

    def value(self, shape, depth=0):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, depth)
        if kind == "list":
            count = self.chooser.choice([0, 1, 1, 2, 3]) if depth < MOST_DEPTH else 0
            return [self.value(shape.member, depth + 1) for _ in range(count)]
        if kind == "map":
            count = self.chooser.choice([0, 1, 2]) if depth < MOST_DEPTH else 0
            return {f"k{i}": self.value(shape.value, depth + 1) for i in range(count)}
        if kind == "boolean":
            return self.chooser.random() < 0.6
        if kind in ("integer", "long", "short", "byte"):
            return self.chooser.choice([0, 1, 2, 404, -1])
        if kind in ("float", "double"):
            return self.chooser.choice([0.0, 0.5, 2.0])
        return self.chooser.choice(self.texts)

    def structure(self, shape, depth):
        density = self.chooser.choice([0.5, 0.95, 1.0])
        names = list(shape.members)
        if depth and len(names) > 30:
            names = self.chooser.sample(names, 30)
        return {
            name: self.value(shape.members[name], depth + 1)
            for name in names
            if depth < MOST_DEPTH and self.chooser.random() < density
        }


class Sent(Exception):
    def __init__(self, params):
        super().__init__("the next page was asked for")
        self.params = params


def next_page(config, params, outputs):
    """What botocore does after having got these pages: what turner says of the last."""
    left = list(outputs)

    def method(**sent):
        if left:
            return json.loads(json.dumps(left.pop(0)))
        raise Sent(sent)

    try:
        for _ in Paginator(method, config, None).paginate(**params):
            pass
    except Sent as sent:
        return {"after": "more", "params": sent.params, "repeated": False}
    except PaginationError:
        return {"repeated": True}
    except JMESPathError:
        return {"after": "unknown"}
    return {"after": "none"}


def verdict(config, answer):
    """What botocore's waiter makes of one look."""
    response = dict(answer["output"])
    response["ResponseMetadata"] = {"HTTPStatusCode": answer["http_status"]}
    if answer["error"] is not None:
        response = {
            "Error": {"Code": answer["error"], "Message": "no"},
            "ResponseMetadata": response["ResponseMetadata"],
        }
    waiter = Waiter("name", SingleWaiterConfig(config), lambda **_: response)
    try:
        waiter.wait(WaiterConfig={"MaxAttempts": 1})
    except JMESPathError:
        return "unknown"
    except WaiterError as error:
        reason = str(error)
        if "terminal failure" in reason:
            return "failure"
        return "retry" if "Previously accepted" in reason else "none"
    return "success"


class Comparison:
    def __init__(self, options):
        self.options = options
        self.session = botocore.session.get_session()
        self.turner = subprocess.Popen(
            [os.path.join(peer.BUILD, "tests/compare/turner")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.counts = {"pages": 0, "waiters": 0}
        self.asked = {"pages": 0, "waiters": 0}
        self.seen = {}
        self.differing = 0

    def ask(self, **question):
        self.turner.stdin.write(json.dumps(question).encode() + b"\n")
        self.turner.stdin.flush()
        return json.loads(self.turner.stdout.readline())

    def compare(self, kind, where, question, mine, its):
        self.asked[kind] += 1
        heard = mine.get("after") or mine.get("state")
        self.seen[heard] = self.seen.get(heard, 0) + 1
        if all(mine[name] == its[name] for name in its):
            return
        self.differing += 1
        if self.differing <= self.options.show:
            print(f"{where}: inia {mine}, botocore {its}, of {json.dumps(question)[:600]}")

    def load(self, service, name):
        try:
            return self.session.get_component("data_loader").load_service_model(service, name)
        except DataNotFoundError:
            return {}

    def compare_pages(self, service, model, name, config, chooser):
        operation = model.operation_model(name)
        maker = Maker(chooser, ["t1", "t2"])
        tokens = config["input_token"]
        tokens = tokens if isinstance(tokens, list) else [tokens]
        for _ in range(self.options.turns):
            params = {token: "t1" for token in tokens if chooser.random() < 0.5}
            params["Other"] = {"x": [1]}
            output = maker.value(operation.output_shape)
            question = {"service": service, "operation": name, "params": params, "output": output}
            mine = self.ask(**question)
            its = next_page(config, params, [output])
            its.pop("repeated", None)
            self.compare("pages", f"{service}.{name}", question, mine, its)
            if mine["after"] != "more":
                continue
            question["params"] = mine["params"]
            mine = self.ask(**question)
            its = {"repeated": next_page(config, params, [output, output])["repeated"]}
            self.compare("pages", f"{service}.{name} again", question, mine, its)

    def compare_waiter(self, service, model, name, config, chooser):
        shape = model.operation_model(config["operation"]).output_shape
        written = json.dumps(config)
        texts = [a["expected"] for a in config["acceptors"] if isinstance(a["expected"], str)]
        texts += re.findall(r"'([^']*)'", written) + re.findall(r'\\"([^"]*)\\"', written)
        codes = [a["expected"] for a in config["acceptors"] if a["matcher"] == "error"]
        codes = [code for code in codes if isinstance(code, str)] + ["Other", ""]
        maker = Maker(chooser, texts)
        for _ in range(self.options.turns):
            failed = chooser.random() < 0.2
            output = maker.value(shape) if shape else {}
            output.pop("Error", None)  # botocore takes a member of this name for an error
            question = {
                "service": service,
                "waiter": name,
                "http_status": chooser.choice([400, 404, 403, 301] if failed else [200, 202]),
                "error": chooser.choice(codes) if failed else None,
                "output": output,
            }
            mine = self.ask(**question)
            its = {"state": verdict(config, question)}
            self.compare("waiters", f"{service}.{name}", question, mine, its)

    def compare_service(self, service):
        pages = self.load(service, "paginators-1").get("pagination", {})
        waiters = self.load(service, "waiters-2").get("waiters", {})
        if not pages and not waiters:
            return
        model = self.session.get_service_model(service)
        chooser = random.Random(f"{self.options.seed} {service}")
        for name, config in sorted(pages.items()):
            self.counts["pages"] += 1
            self.compare_pages(service, model, name, config, chooser)
        for name, config in sorted(waiters.items()):
            self.counts["waiters"] += 1
            self.compare_waiter(service, model, name, config, chooser)

    def report(self):
        print(
            f"pages: {self.asked['pages']} answers of {self.counts['pages']} paginators, "
            f"waiters: {self.asked['waiters']} answers of {self.counts['waiters']} waiters, "
            f"differing: {self.differing}"
        )
        print("  " + ", ".join(f"{name}: {count}" for name, count in sorted(self.seen.items())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("services", nargs="*")
    options = parser.parse_args()
    peer.clean_environment()
    start = time.monotonic()
    comparison = Comparison(options)
    for service in options.services or comparison.session.get_available_services():
        comparison.compare_service(service)
    comparison.report()
    print(f"in {time.monotonic() - start:.0f} s")
    comparison.turner.stdin.close()
    ended = comparison.turner.wait(60)
    dull = len(comparison.seen) < 6 and not options.services
    sys.exit(1 if comparison.differing or ended or dull else 0)


if __name__ == "__main__":
    main()
