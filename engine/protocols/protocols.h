/*
 * protocols: parameters to HTTP requests and HTTP responses to output, for the six protocols AWS
 * speaks: query, ec2, json 1.0 and 1.1, rest-json, rest-xml, rpc-v2-cbor. Pure: no sockets, no
 * clock, no memory but the arenas handed in. Does not sign, choose an endpoint, or send.
 *
 * An operation is compiled once into a plan, which may be used by many calls at once. Per call:
 *
 *   plan = protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &client_arena, &error);
 *   struct json_value *params;
 *   status = protocol_read_params(plan, parser, json, request.params, &arena, &params, &error);
 *   status = protocol_build(plan, &(struct protocol_input){params, &random}, &arena, &request,
 * &error);
 *   ... endpoint: scheme://request.host_prefix + host, its path + request.draft.path; sign; send
 * ... status = protocol_parse(plan, readers, &response, body, &arena, &output);
 *
 * Plans point into the model, requests and outputs into the params, the response and the arena.
 */
#ifndef PROTOCOLS_PROTOCOLS_H
#define PROTOCOLS_PROTOCOLS_H

#include "base/base.h"
#include "formats/formats.h"
#include "http/http.h"
#include "models/models.h"

struct protocol_plan {
    const struct model_operation *operation;
    enum model_protocol protocol;
    text method;
    bool streaming_input;    /* the body is the call's source, not in the params */
    bool streaming_output;   /* the body of a success is the caller's: do not give it to
                                protocol_parse */
    bool event_stream_input; /* a stream of events rather than of bytes */
    bool event_stream_output;
    bool head_only;                 /* the method is HEAD */
    bool tree_hashed;               /* Glacier: the body's tree hash goes with it */
    const struct plan_parts *parts; /* protocols' own */
};

/* protocol MODEL_PROTOCOL_NONE: the one botocore would take; another one must be among the model's.
 * NULL with error: INIA_UNSUPPORTED or INIA_NO_MEMORY. The plan lives in arena. */
struct protocol_plan *protocol_plan_new(
    const struct model_operation *operation, enum model_protocol protocol, struct arena *arena,
    inia_error *error);

/* Parsers with their memory; one per thread. */
struct protocol_readers {
    struct json_parser *json;
    struct xml_parser *xml;
};
bool protocol_readers_init(struct protocol_readers *readers) MUST_USE; /* false: no memory */
void protocol_readers_release(struct protocol_readers *readers);

/* ---- Parameters -------------------------------------------------------------------------- */

/*
 * Both kinds of parameters as one JSON object in arena: json, a text as --cli-input-json takes
 * (absent or empty: none), then params (NULL or ended by {0}), which win. A param's value is text
 * for scalars (base64 for blobs), a JSON text for structures, lists, maps and documents.
 * INIA_BAD_REQUEST: the JSON text is wrong at line and column, or a name is unknown, with the
 * nearest one.
 */
inia_status protocol_read_params(
    const struct protocol_plan *plan, struct json_parser *parser, text json,
    const inia_param *params, struct arena *arena, struct json_value **object,
    inia_error *error) MUST_USE;

struct protocol_input {
    const struct json_value *params; /* an object; NULL: none */
    struct random_source *random;    /* for idempotency tokens */
    text idempotency_token;          /* instead of random ones; absent: none */
    bool blobs_are_text;             /* not base64: for test vectors */
    bool no_compression;             /* of bodies whose operation allows it; else gzip */
    size_t least_compressed;         /* bytes; 10,240 */
    bool encodes_names;              /* S3's listings come with keys that XML could not hold */
    bool presigned;                  /* the URL is to be all of it, where a service allows that */
};

struct protocol_request {
    const struct json_value *params; /* the input's as customs change them, for the endpoint */
    struct http_draft draft; /* without Host, Content-Length and what signing adds; a path "/" is
                              * all of the endpoint's path, if that has one */
    text host_prefix;        /* "123456789012." or empty: goes before the endpoint's host name */
    text body;               /* empty if none, or if the call's source is the body */
    bool has_body;           /* body goes out, even if empty */
    text content_type;       /* the header's, if there is one */
    text endpoint;           /* a parameter says where to send it; absent: none does. The params' */
    text source_region;      /* a presigned URL for there belongs into the body; absent: none */
    bool decodes_names;      /* for protocol_parse_answer() */
};

/* INIA_BAD_REQUEST: error names every problem in one line, each with its path: "Items[3].Key: a
 * string is wanted, not a number; Nmae: unknown parameter: did you mean 'Name'?". */
inia_status protocol_build(
    const struct protocol_plan *plan, const struct protocol_input *input, struct arena *arena,
    struct protocol_request *request, inia_error *error) MUST_USE;

/* ---- Responses --------------------------------------------------------------------------- */

struct protocol_output {
    text json;     /* the output members, or the error's; "{}" at least; ends in a NUL, as do all */
    bool is_error; /* the service said no */
    text error_code; /* "" if none, as are the next three */
    text message;
    text request_id;
    text host_id;
    const struct model_shape *error_shape; /* NULL: not one the model knows */
};

/*
 * body: all of it, or empty for a success of a streaming output, whose headers are parsed all the
 * same; of a stream of events the payload of its initial response, if it has one. INIA_OK also for
 * errors of the service: see is_error. INIA_BAD_RESPONSE: it does not fit the model; error says
 * where. INIA_NO_MEMORY.
 */
inia_status protocol_parse(
    const struct protocol_plan *plan, struct protocol_readers *readers,
    const struct http_response *response, text body, struct arena *arena,
    struct protocol_output *output, inia_error *error) MUST_USE;

/* The same for a request that is still there (NULL: it is not): what was asked for on the user's
 * behalf, such as keys in an encoding, is undone. */
inia_status protocol_parse_answer(
    const struct protocol_plan *plan, const struct protocol_request *request,
    struct protocol_readers *readers, const struct http_response *response, text body,
    struct arena *arena, struct protocol_output *output, inia_error *error) MUST_USE;

/* ---- Streams of events ------------------------------------------------------------------- */

enum protocol_event_kind {
    PROTOCOL_EVENT,
    PROTOCOL_EVENT_INITIAL, /* of json and rpc-v2-cbor, first if at all: for protocol_parse() */
    PROTOCOL_EVENT_UNKNOWN, /* the model does not know its type: to be skipped, as botocore does */
    PROTOCOL_EVENT_ERROR,   /* it ends the stream */
};

struct protocol_event {
    enum protocol_event_kind kind;
    text type;                    /* the model's name for it; absent unless PROTOCOL_EVENT */
    text json;                    /* the event's members; ends in a NUL */
    text payload;                 /* as it came */
    size_t line_start;            /* protocols' own */
    struct protocol_output error; /* of PROTOCOL_EVENT_ERROR */
};

/*
 * A message of a response's stream. What event points to is in arena, message and model.
 * INIA_BAD_RESPONSE: it is no message of such a stream, or does not fit the model; error says
 * where. INIA_NO_MEMORY.
 */
inia_status protocol_read_event(
    const struct protocol_plan *plan, struct protocol_readers *readers,
    const struct event_message *message, struct arena *arena, struct protocol_event *event,
    inia_error *error) MUST_USE;

/* A PROTOCOL_EVENT as one line, {"Records":{"Payload":"..."}} and a line feed, made where its json
 * is, which no longer ends in a NUL then. */
text protocol_event_line(struct protocol_event *event);

/* The event by which a stream says that it is whole: S3's End; absent: the stream just ends. */
text protocol_last_event(const struct protocol_plan *plan);

/*
 * Adds a message of a request's stream to out. input->params: an object of one member, the event:
 * {"AudioEvent":{"AudioChunk":"..."}}. Neither signed nor sent. INIA_BAD_REQUEST as
 * protocol_build(), also for what no message can hold. INIA_UNSUPPORTED: the protocol has no
 * streams of events. INIA_NO_MEMORY, or no room in out.
 */
inia_status protocol_write_event(
    const struct protocol_plan *plan, const struct protocol_input *input, struct arena *arena,
    struct buffer *out, inia_error *error) MUST_USE;

#endif
