#!/usr/bin/env python3
"""SQS of the embedded endpoint, driven by boto3, plain and over TLS."""

from boto3_endpoint import Endpoint, code_of, run_tests

import hashlib
import threading
import time
import unittest

from botocore.exceptions import ClientError


class OverPlain(unittest.TestCase):
    tls = False

    @classmethod
    def setUpClass(cls):
        cls.endpoint = Endpoint()
        cls.addClassCleanup(cls.endpoint.stop)
        cls.sqs = cls.endpoint.client("sqs", cls.tls)

    def queue(self, name, **attributes):
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def receive(self, url, **more):
        return self.sqs.receive_message(QueueUrl=url, **more).get("Messages", [])

    def test_a_message_comes_back_once(self):
        url = self.queue("once")
        self.assertEqual(self.sqs.get_queue_url(QueueName="once")["QueueUrl"], url)
        self.assertIn(url, self.sqs.list_queues(QueueNamePrefix="onc")["QueueUrls"])
        attributes = {
            "s": {"DataType": "String", "StringValue": "ü"},
            "n": {"DataType": "Number", "StringValue": "12"},
            "b": {"DataType": "Binary", "BinaryValue": b"\0\1\2"},
        }
        sent = self.sqs.send_message(
            QueueUrl=url, MessageBody="body ü <&>\n", MessageAttributes=attributes
        )
        got = self.receive(url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
        self.assertEqual(len(got), 1)
        self.assertEqual(got[0]["Body"], "body ü <&>\n")
        self.assertEqual(got[0]["MessageId"], sent["MessageId"])
        self.assertEqual(got[0]["MessageAttributes"], attributes)
        self.assertEqual(got[0]["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        self.assertEqual(
            sent["MD5OfMessageBody"], hashlib.md5("body ü <&>\n".encode()).hexdigest()
        )
        self.assertEqual(got[0]["Attributes"]["ApproximateReceiveCount"], "1")
        self.assertEqual(self.receive(url), [])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
        self.sqs.delete_queue(QueueUrl=url)
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.receive(url)

    def test_a_receive_waits_for_a_message(self):
        url = self.queue("waiting")
        sender = threading.Timer(
            0.5, lambda: self.sqs.send_message(QueueUrl=url, MessageBody="late")
        )
        sender.start()
        started = time.monotonic()
        got = self.receive(url, WaitTimeSeconds=10)
        waited = time.monotonic() - started
        sender.join()
        self.assertEqual([m["Body"] for m in got], ["late"])
        self.assertTrue(0.4 < waited < 5, waited)
        started = time.monotonic()
        self.assertEqual(self.receive(url, WaitTimeSeconds=1), [])
        self.assertTrue(0.9 < time.monotonic() - started < 5)

    def test_visibility(self):
        url = self.queue("visible", VisibilityTimeout="1")
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        first = self.receive(url)[0]
        self.assertEqual(self.receive(url), [])
        again = self.receive(url, WaitTimeSeconds=5, AttributeNames=["All"])[0]
        self.assertEqual(again["MessageId"], first["MessageId"])
        self.assertEqual(again["Attributes"]["ApproximateReceiveCount"], "2")
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=0
        )
        third = self.receive(url)[0]
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=third["ReceiptHandle"], VisibilityTimeout=60
        )
        self.assertEqual(self.receive(url, WaitTimeSeconds=2), [])
        with self.assertRaises(ClientError):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")

    def test_delays(self):
        url = self.queue("delayed")
        self.sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=1)
        self.assertEqual(self.receive(url), [])
        self.assertEqual(len(self.receive(url, WaitTimeSeconds=5)), 1)

    def test_batches(self):
        url = self.queue("batches")
        entries = [{"Id": str(i), "MessageBody": f"b{i}"} for i in range(9)]
        entries.append({"Id": "bad", "MessageBody": "\x01"})
        sent = self.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        self.assertEqual(len(sent["Successful"]), 9)
        self.assertEqual([f["Id"] for f in sent["Failed"]], ["bad"])
        got = self.receive(url, MaxNumberOfMessages=10)
        self.assertEqual(sorted(m["Body"] for m in got), [f"b{i}" for i in range(9)])
        handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]
        changed = self.sqs.change_message_visibility_batch(
            QueueUrl=url, Entries=[{**h, "VisibilityTimeout": 100} for h in handles]
        )
        self.assertEqual(len(changed["Successful"]), 9)
        deleted = self.sqs.delete_message_batch(QueueUrl=url, Entries=handles)
        self.assertEqual(len(deleted["Successful"]), 9)
        with self.assertRaises(ClientError) as error:
            self.sqs.send_message_batch(QueueUrl=url, Entries=[entries[0], entries[0]])
        self.assertIn("NotDistinct", code_of(error))

    def test_attributes_and_purging(self):
        url = self.queue("described", VisibilityTimeout="7")
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "3"})
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(found["VisibilityTimeout"], "7")
        self.assertEqual(found["DelaySeconds"], "3")
        self.assertEqual(found["ApproximateNumberOfMessages"], "1")
        self.assertTrue(found["QueueArn"].endswith(":described"))
        self.sqs.purge_queue(QueueUrl=url)
        self.assertEqual(self.receive(url), [])

    def test_fifo(self):
        url = self.queue("ordered.fifo", FifoQueue="true")
        for i in range(4):
            self.sqs.send_message(
                QueueUrl=url, MessageBody=str(i), MessageGroupId="g", MessageDeduplicationId=str(i)
            )
        again = self.sqs.send_message(
            QueueUrl=url, MessageBody="0", MessageGroupId="g", MessageDeduplicationId="0"
        )
        self.assertIn("SequenceNumber", again)
        first = self.receive(url, MaxNumberOfMessages=2)
        self.assertEqual([m["Body"] for m in first], ["0", "1"])
        self.assertEqual(self.receive(url), [])
        self.sqs.send_message(
            QueueUrl=url, MessageBody="other", MessageGroupId="h", MessageDeduplicationId="h"
        )
        self.assertEqual([m["Body"] for m in self.receive(url)], ["other"])
        self.sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=first[1]["ReceiptHandle"], VisibilityTimeout=0
        )
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
        rest = self.receive(url, MaxNumberOfMessages=10)
        self.assertEqual([m["Body"] for m in rest], ["1", "2", "3"])


class OverTls(OverPlain):
    tls = True


if __name__ == "__main__":
    run_tests()
