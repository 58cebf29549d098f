// The AWS SDK for JavaScript, keeping requests in flight until it is ended.
import http from "node:http";
import https from "node:https";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const wanted = process.env;
const inFlight = Number(wanted.PEER_IN_FLIGHT);
const body = Buffer.from(
  Uint8Array.from({ length: Number(wanted.PEER_SIZE) }, (_, i) => 97 + (i % 26)));
const agent = { keepAlive: true, maxSockets: inFlight };
const options = {
  endpoint: wanted.PEER_ENDPOINT,
  region: "us-east-1",
  forcePathStyle: true,
  maxAttempts: 1,
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  requestHandler: new NodeHttpHandler({
    httpAgent: new http.Agent(agent),
    httpsAgent: new https.Agent(agent),
  }),
};
const place = { Bucket: wanted.PEER_BUCKET, Key: wanted.PEER_KEY };

const senders = {
  get: () => {
    const client = new S3Client(options);
    return async () => {
      const answer = await client.send(new GetObjectCommand(place));
      for await (const _ of answer.Body);
    };
  },
  put: () => {
    const client = new S3Client(options);
    return () => client.send(new PutObjectCommand({ ...place, Body: body }));
  },
  sqs: () => {
    const client = new SQSClient(options);
    const message = { QueueUrl: wanted.PEER_QUEUE, MessageBody: body.toString() };
    return () => client.send(new SendMessageCommand(message));
  },
};

const send = senders[wanted.PEER_KIND]();
await Promise.all(Array.from({ length: inFlight }, async () => {
  for (;;) await send();
}));
