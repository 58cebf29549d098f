/*
 * endpoint: S3 and SQS in memory, on the engine's own ring and net rooms, for development, benches
 * and tests. Verifies SigV4, speaks TLS with a CA of its own, and fails on demand. One thread.
 *
 *   server        ring, listeners, services                              server.h
 *   connection    one client: receives, answers in order                 connection.h
 *   request       from a head to its reply; body, reply, verify          request.h
 *   s3, sqs       the operations                                         s3.h, sqs.h
 *   store, queue  what they keep; no HTTP                                store.h, sqs_queue.h
 *   echo          any other service: answers deposited beforehand        echo.h
 *   faults        what goes wrong on purpose                             faults.h
 *
 * It does not persist anything but its CA, and knows no policies, versions or users.
 */
#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

/* The whole of `inia endpoint ...`: argv are its options. Returns the exit status. */
int endpoint_main(int argc, char **argv);

#endif
