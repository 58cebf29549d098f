/*
 * session: what requests to S3's directory buckets are signed with (S3 Express One Zone). A client
 * has one for each bucket, got by CreateSession, which it calls itself: once at a time, while
 * whoever needs it waits; refreshed ahead of its end, while others go on with the old one.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html
 */
#ifndef CALLS_SESSION_H
#define CALLS_SESSION_H

#include "client.h"

enum {
    SESSIONS_MOST = 100,    /* of a client; more only while that many are being got */
    SESSION_REFRESH_S = 45, /* of 300: ahead of its end */
    SESSION_MESSAGE_MOST = 200,
};

/* The bucket's, which is kept until another needs its place; ask it for the identity to sign with.
 * NULL: no memory. */
struct identity_provider *session_provider(inia_client *client, text bucket) MUST_USE;

/* A call got no identity from the bucket's session: says why, as the service did. */
struct call;
void session_fail(struct call *call);

/* At the client's end. */
void sessions_release(inia_client *client);

#endif
