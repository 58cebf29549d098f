"""One aiobotocore client and as many tasks as requests in flight, until it is ended."""

import asyncio

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

import requests_of as wanted


async def send(client):
    if wanted.KIND == "get":
        answer = await client.get_object(Bucket=wanted.BUCKET, Key=wanted.KEY)
        async with answer["Body"] as body:
            await body.read()
    elif wanted.KIND == "put":
        await client.put_object(Bucket=wanted.BUCKET, Key=wanted.KEY, Body=wanted.BODY)
    else:
        await client.send_message(QueueUrl=wanted.QUEUE, MessageBody=wanted.BODY.decode())


async def run(client):
    while True:
        await send(client)


async def main():
    config = AioConfig(**wanted.CONFIG)
    async with get_session().create_client(
            wanted.SERVICE, endpoint_url=wanted.ENDPOINT, config=config) as client:
        await asyncio.gather(*(run(client) for _ in range(wanted.IN_FLIGHT)))


asyncio.run(main())
