"""One boto3 client and as many threads as requests in flight, until it is ended."""

import threading

import boto3
import botocore.config

import requests_of as wanted

client = boto3.client(
    wanted.SERVICE, endpoint_url=wanted.ENDPOINT,
    config=botocore.config.Config(**wanted.CONFIG))


def send():
    if wanted.KIND == "get":
        client.get_object(Bucket=wanted.BUCKET, Key=wanted.KEY)["Body"].read()
    elif wanted.KIND == "put":
        client.put_object(Bucket=wanted.BUCKET, Key=wanted.KEY, Body=wanted.BODY)
    else:
        client.send_message(QueueUrl=wanted.QUEUE, MessageBody=wanted.BODY.decode())


def run():
    while True:
        send()


threads = [threading.Thread(target=run) for _ in range(wanted.IN_FLIGHT)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
