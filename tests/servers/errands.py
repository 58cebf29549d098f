#!/usr/bin/env python3
"""What errands.c does, by boto3 with threads and otherwise as it comes."""

import concurrent.futures
import itertools
import json
import sys
import threading
import time

SMALL, LARGE, LARGE_EACH = 4096, 1 << 20, 25
PATH_STYLE = {"addressing_style": "path"}


def is_large(number):
    return number % LARGE_EACH == LARGE_EACH - 1


def is_put(number):
    return number // LARGE_EACH % 2 == 0 if is_large(number) else number % 2 == 0


def run_one(s3, number):
    body = b"e" * (LARGE if is_large(number) else SMALL)
    place = {"Bucket": "errands", "Key": "large" if is_large(number) else "small"}
    line = {"n": number, "large": int(is_large(number)), "put": int(is_put(number))}
    line.update(began_s=time.monotonic(), ok=0, attempts=1, why="")
    try:
        if is_put(number):
            answer = s3.put_object(Body=body, **place)
            line["ok"] = 1
        else:
            answer = s3.get_object(**place)
            line["ok"] = int(answer["Body"].read() == body)
        line["attempts"] += answer["ResponseMetadata"]["RetryAttempts"]
    except Exception as error:  # whatever it is, it is the call's end
        line["why"] = type(error).__name__
    line["ended_s"] = time.monotonic()
    return line


def main():
    import boto3
    from botocore.config import Config

    url, in_flight, seconds, count = sys.argv[1], *map(int, sys.argv[2:])
    config = Config(max_pool_connections=in_flight, s3=PATH_STYLE)
    s3 = boto3.client("s3", endpoint_url=url, config=config)
    print("ready", flush=True)
    sys.stdin.readline()
    ends, numbers, lock = time.monotonic() + seconds, itertools.count(), threading.Lock()

    def work(_):
        while time.monotonic() < ends:
            with lock:
                number = next(numbers)
            if number >= count:
                return
            print(json.dumps(run_one(s3, number)) + "\n", end="", flush=True)

    with concurrent.futures.ThreadPoolExecutor(in_flight) as pool:
        list(pool.map(work, range(in_flight)))


main()
