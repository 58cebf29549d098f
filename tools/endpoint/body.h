/*
 * body: the bytes that come after a request's head, on their way to where the operation wants them:
 * a text for the parsers, or an object's memory.
 */
#ifndef ENDPOINT_BODY_H
#define ENDPOINT_BODY_H

#include "blob.h"
#include "http/http.h"
#include "signing/signing.h"

struct request;

enum {
    BODY_TEXT_MOST = 8 << 20,     /* bytes of XML or JSON */
    BODY_DROPPED_MOST = 64 << 20, /* of a refused request; with more to come the connection ends */
    BODY_DIRECT_LEAST = 32 << 10, /* so much missing is received without a copy */
    BODY_DIRECT_MOST = 256 << 20, /* at a time */
};

enum body_kind {
    BODY_NONE,   /* what comes is dropped */
    BODY_TEXT,   /* to text */
    BODY_OBJECT, /* to blob */
};

struct body {
    enum body_kind kind;
    bool is_chunked;     /* HTTP's framing */
    bool is_aws_chunked; /* and what is inside it is framed again */
    bool is_done;
    uint64_t left; /* without HTTP's chunks: bytes to come */
    struct http_chunks chunks;
    struct blob *blob; /* NULL also when the object is empty */
    size_t blob_used;
    text text;               /* BODY_TEXT, once it is done */
    struct buffer buffer;    /* its bytes until then */
    struct sigv4_chunks aws; /* last: set up when needed */
};

/* Once the head is known; may set request->refusal, after which all that comes is dropped. */
void body_start(struct request *request);

/* Takes what belongs to the body from *input. */
void body_take(struct request *request, text *input);

/* Where the next bytes may go without a copy: size 0 if they may not. Then tell what has come. */
struct iovec body_room(struct request *request);
void body_filled(struct request *request, size_t size);

void body_release(struct request *request);

#endif
