/*
 * canonical: the one way of writing a request that both sides hash. Written straight into the hash,
 * unless many requests are to be hashed at once; a copy is kept where a person will read it.
 */
#ifndef SIGNING_CANONICAL_H
#define SIGNING_CANONICAL_H

#include "base/base.h"
#include "crypto/crypto.h"
#include "http/http.h"

/* Headers in the order of their names; those of one name in the order they were added. */
struct canonical_headers {
    struct canonical_header {
        uint64_t start; /* the name's first eight bytes: most comparisons need no more */
        text name;      /* lower case */
        text value;     /* as sent */
    } items[HTTP_MAX_HEADERS];
    size_t count;
};

bool canonical_headers_add(struct canonical_headers *headers, text name, text value) MUST_USE;

/* "host;x-amz-date": each name once. capacity must suffice: the sum of the names and their number.
 */
size_t canonical_signed_headers(const struct canonical_headers *headers, char *out);

/* How the path is written. */
enum canonical_path {
    CANONICAL_PATH_NORMALIZED = 1, /* without dot segments and empty ones */
    CANONICAL_PATH_ENCODED = 2,    /* percent-encoded once more than it was sent */
    CANONICAL_PATH_DECODED = 4,    /* percent-decoded first: as sent, however it was encoded */
};

struct canonical_request {
    text method;
    text path; /* as sent */
    unsigned path_flags;
    text query; /* as sent, without the ? */
    const struct canonical_headers *headers;
    text payload;
};

/* Parameters in order, each encoded and with its =, are added to out. false: no memory. */
bool canonical_query(struct buffer *out, text query, struct arena *arena) MUST_USE;

/* false: no memory, which only unusual paths and queries need. copy: NULL if no one will read it.
 */
bool canonical_hash(
    unsigned char hash[SHA256_SIZE], const struct canonical_request *request, struct arena *arena,
    struct buffer *copy) MUST_USE;

/* The text that is hashed; its size. 0: no memory, or it does not fit. */
size_t canonical_write(
    char *out, size_t capacity, const struct canonical_request *request,
    struct arena *arena) MUST_USE;

#endif
