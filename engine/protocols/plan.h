/* plan: what protocol_plan_new() makes of an operation, for the rest of the room. */
#ifndef PROTOCOLS_PLAN_H
#define PROTOCOLS_PLAN_H

#include "protocols.h"

struct writing;
struct reading;

/* A text with {labels} taken apart: a literal, or the member that stands in its place. */
struct plan_piece {
    text literal;
    const struct model_member *label; /* NULL: literal */
    bool greedy;
    text fallback; /* for a label that is not given or empty; absent: that is an error */
};

struct plan_template {
    struct plan_piece *pieces;
    uint32_t count;
};

/* Where an input's parameters go that have no place in the head. */
enum plan_body {
    PLAN_NO_BODY,
    PLAN_MEMBERS, /* a structure of all members that have no location */
    PLAN_PAYLOAD, /* one structure, list, map or document */
    PLAN_BYTES,   /* one string or blob as it is */
};

enum { PLAN_NAME_ROOM = 32 };
enum { PLAN_MOST_MEMBERS = 512, PLAN_REQUEST_ID = PLAN_MOST_MEMBERS, PLAN_HOST_ID };

/* An open-addressed table from a header's name to the output member it fills, or PLAN_REQUEST_ID or
 * PLAN_HOST_ID. */
struct plan_header {
    text name;
    uint64_t first, last; /* of its bytes, in lower case */
    uint32_t member;
};

/* A set of output members, by their index. */
struct plan_members {
    uint64_t bits[PLAN_MOST_MEMBERS / 64];
};

/* How bodies are written and read. */
struct codec {
    bool uses_locations; /* the REST protocols */
    text content_type;
    enum model_time time; /* of timestamps in bodies that say nothing */
    void (*write_members)(struct writing *, const struct json_value *params);
    void (*write_payload)(/* NULL: the protocol has none, nor streams of events */
                          struct writing *, const struct model_member *member,
                          const struct json_value *value);
    bool (*read_body)(struct reading *, text body);                           /* parses; then: */
    bool (*read_member)(struct reading *, const struct model_member *member); /* absent: nothing */
    bool (*read_payload)(struct reading *, const struct model_member *member);
    void (*read_error)(struct reading *, text body);
};

/* The strings that are JSON documents: members of this shape; NULL: none. */
struct plan_documents {
    const char *shape;
    bool percent_encoded;
};

struct plan_parts {
    text unfilled; /* a label of the path that no member fills: no request can be; absent: none */
    const struct codec *codec;
    struct plan_template path, host;
    text query; /* of the requestUri */
    text content_type;
    text target;                        /* x-amz-target */
    struct http_header extra;           /* one that this service wants in every request */
    const struct model_member **tokens; /* idempotency tokens */
    uint32_t token_count;
    enum plan_body body;
    struct plan_header *headers; /* a power of two of them */
    uint32_t header_slots;
    struct plan_documents documents;
    unsigned customs;              /* of enum custom */
    struct plan_members elsewhere; /* output members that are not in one header */
    text *names; /* of output members, as output has them: ',"ETag":'; PLAN_NAME_ROOM is readable */
};

const struct codec *codec_of(enum model_protocol protocol);
extern const struct codec json_codec, rest_json_codec, rest_xml_codec, query_codec, ec2_codec,
    cbor_codec;

#endif
