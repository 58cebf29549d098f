#!/usr/bin/env python3
"""The command line against moto's SQS, plain and over TLS."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import Moto, Report, Unavailable, inia  # noqa: E402

report = Report()


def queues(server, where):
    def run(operation, parameters, *more):
        result = inia(server, "call", "sqs", operation, "--json", json.dumps(parameters), *more)
        report.check(result[0] == 0, f"{where}: {operation}", result[2])
        try:
            return json.loads(result[1])
        except ValueError:
            return {}

    url = run("CreateQueue", {"QueueName": "work", "Attributes": {"VisibilityTimeout": "30"}}).get(
        "QueueUrl", ""
    )
    report.check(url.endswith("/work"), f"{where}: the queue's URL", url)
    report.check(
        run("GetQueueUrl", {"QueueName": "work"}).get("QueueUrl") == url, f"{where}: GetQueueUrl"
    )
    text = 'hello, "world" \u00e9\u4e16 <&>'
    sent = run(
        "SendMessage",
        {
            "QueueUrl": url,
            "MessageBody": text,
            "MessageAttributes": {"n": {"DataType": "Number", "StringValue": "7"}},
        },
    )
    report.check(bool(sent.get("MessageId")), f"{where}: SendMessage gives an id", sent)
    entries = [{"Id": str(i), "MessageBody": f"message {i}"} for i in range(10)]
    batch = run("SendMessageBatch", {"QueueUrl": url, "Entries": entries})
    report.check(
        len(batch.get("Successful", [])) == 10, f"{where}: SendMessageBatch sends ten", batch
    )
    seen, handles = [], []
    for _ in range(20):
        got = run(
            "ReceiveMessage",
            {
                "QueueUrl": url,
                "MaxNumberOfMessages": 10,
                "WaitTimeSeconds": 1,
                "MessageAttributeNames": ["All"],
            },
        ).get("Messages", [])
        seen += got
        handles += [m["ReceiptHandle"] for m in got]
        if len(seen) >= 11:
            break
    report.check(
        sorted(m["Body"] for m in seen) == sorted([text] + [e["MessageBody"] for e in entries]),
        f"{where}: all messages come back",
        seen,
    )
    numbered = [m for m in seen if m["Body"] == text]
    report.check(
        numbered
        and numbered[0].get("MessageAttributes", {}).get("n", {}).get("StringValue") == "7",
        f"{where}: attributes come back",
        numbered,
    )
    if handles:
        run(
            "ChangeMessageVisibility",
            {"QueueUrl": url, "ReceiptHandle": handles[0], "VisibilityTimeout": 60},
        )
        run("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handles[0]})
    missing = inia(
        server, "call", "sqs", "SendMessage", f"QueueUrl={url}-missing", "MessageBody=x"
    )
    report.check(
        missing[0] == 1 and "NonExistentQueue" in missing[2],
        f"{where}: a queue that is not there",
        missing,
    )
    run("DeleteQueue", {"QueueUrl": url})


def main():
    for tls in (False, True):
        where = f"moto{' over TLS' if tls else ''}"
        try:
            with Moto(tls) as server:
                queues(server, where)
        except Unavailable as why:
            report.skip(f"{where}: {why}")
    report.end()


main()
