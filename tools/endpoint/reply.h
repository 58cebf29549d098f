/*
 * reply: the answer to one request: a head in memory of its own, and a body that is a text in the
 * request's arena or a range of an object, which is held until it is sent.
 */
#ifndef ENDPOINT_REPLY_H
#define ENDPOINT_REPLY_H

#include "object.h"

struct request;

enum {
    REPLY_HEAD_MOST = 4608,
    REPLY_PAGE_SIZE = 16384, /* a text up to this size costs no allocation */
};

struct reply {
    bool is_ready;
    bool closes; /* the connection, after it */
    int status;
    struct buffer head;
    text text;  /* the body, unless it comes from an object */
    void *page; /* that text began in, or NULL */
    struct object *object;
    size_t offset, left; /* of object, still to be sent */
    char memory[REPLY_HEAD_MOST];
};

void reply_clear(struct request *request);

/* Makes ready to write the body's text, once for each reply. */
void reply_begin_text(struct request *request, struct buffer *out);

/* The status line and what every answer has. */
void reply_begin(struct request *request, int status);
void reply_add(struct request *request, text name, text value);
void reply_add_lines(struct request *request, text lines); /* whole fields, each with its CRLF */

/* One of these ends it. A HEAD request gets the same head and no body. */
void reply_end(struct request *request); /* without a body; 204 and 304 without a length */
void reply_end_text(struct request *request, text content_type, const struct buffer *body);
/* An answer that has nothing of ours: lines are whole fields, its length among them. */
void reply_end_whole(struct request *request, int status, text lines, text body);
void reply_end_object(struct request *request, struct object *object, size_t offset, size_t size);

#endif
