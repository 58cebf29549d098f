/*
 * models: services as data. Finds botocore's model files (service-2.json, plain or .gz, with the
 * sdk-extras merged in), reads one and turns it into plain structs: operations, shapes, members and
 * every trait that changes what goes over the wire. Documentation is not kept. Knows nothing of
 * HTTP.
 *
 * A model is read-only once loaded; several threads may use it. All texts end in a NUL. What a
 * service's files say besides: pages.h, waiters.h; of endpoint rules the bytes are given.
 *
 *   struct model *model = model_load(NULL, TEXT("s3"), (text){NULL, 0}, &error);
 *   const struct model_operation *get = model_find_operation(model, TEXT("GetObject"));
 *   const struct model_member *key = model_find_member(get->input, TEXT("Key"));
 *   model_free(model);
 *
 * Where models are looked for: folders, a list with colons as AWS_DATA_PATH is; NULL for the usual
 * places: $INIA_MODELS, $AWS_DATA_PATH, ~/.aws/models, then where botocore, boto3 and the AWS CLI
 * install theirs. A folder holds <service>/<apiVersion>/service-2.json. An absent version is the
 * newest one that has the file that is wanted.
 */
#ifndef MODELS_MODELS_H
#define MODELS_MODELS_H

#include "base/base.h"
#include "formats/formats.h"
#include "page_token.h"
#include "pages.h"
#include "waiters.h"

enum model_protocol {
    MODEL_PROTOCOL_NONE,
    MODEL_JSON,
    MODEL_REST_JSON,
    MODEL_REST_XML,
    MODEL_CBOR,
    MODEL_QUERY,
    MODEL_EC2,
};
enum { MODEL_PROTOCOL_COUNT = MODEL_EC2 + 1 };

enum model_kind {
    MODEL_STRUCTURE,
    MODEL_LIST,
    MODEL_MAP,
    MODEL_STRING,
    MODEL_INTEGER, /* and long, short, byte */
    MODEL_FLOAT,   /* and double */
    MODEL_BOOLEAN,
    MODEL_BLOB,
    MODEL_TIMESTAMP,
};

enum model_location {
    MODEL_IN_BODY,
    MODEL_IN_PATH,    /* "uri" */
    MODEL_IN_QUERY,   /* "querystring" */
    MODEL_IN_HEADER,  /* "header" */
    MODEL_IN_HEADERS, /* "headers": a map, locationName is the prefix */
    MODEL_IN_STATUS,  /* "statusCode" */
};

enum model_time { MODEL_TIME_DEFAULT, MODEL_TIME_ISO8601, MODEL_TIME_EPOCH, MODEL_TIME_HTTP };

struct model_namespace {
    text uri, prefix; /* absent if none */
};

/* A member of a structure, a list's items, a map's keys or values. */
struct model_member {
    text name; /* absent for items, keys and values */
    const struct model_shape *shape;
    text location_name; /* its own, else its shape's unless a structure; absent if none */
    text query_name;    /* ec2's queryName */
    text context_param; /* the endpoint rules' parameter it fills */
    struct model_namespace xml_namespace;
    enum model_location location;
    enum model_time time; /* its own, else its shape's */
    bool required;
    bool flattened; /* its own, or its shape's */
    bool idempotency_token;
    bool host_label;
    bool xml_attribute;
    bool json_value;
    bool streaming; /* its own, or its shape's */
    bool requires_length;
    bool event_payload, event_header;
    bool deprecated;
};

struct model_shape {
    text name;
    text type; /* as the model writes it: "long" */
    enum model_kind kind;
    enum model_time time;
    enum model_location location; /* of old models: where members of this shape go */
    uint32_t member_count;
    struct model_member *members; /* structures; in the model's order */
    const struct model_member *payload;
    const struct model_member *item;        /* lists */
    const struct model_member *key, *value; /* maps */
    text location_name;
    struct model_namespace xml_namespace;
    bool flattened, wrapper, document, is_union, sparse, sensitive, box, streaming, requires_length;
    bool event_stream, event;
    bool exception, fault, sender_fault, retryable, throttling;
    bool deprecated;
    bool has_min, has_max; /* of lengths, or of numbers */
    double min, max;
    text error_code; /* of an exception: what the wire calls it; its name if nothing else */
    int http_status; /* of an exception; 0 if not said */
    uint32_t enum_count;
    text *enum_values;
    text pattern; /* absent if none */
};

struct model_named_value { /* staticContextParams, operationContextParams */
    text name;
    text value;          /* a string, or a path */
    enum json_kind kind; /* JSON_STRING, JSON_TRUE, JSON_FALSE, JSON_LIST */
    uint32_t item_count; /* JSON_LIST: of strings */
    text *items;
};

struct model_operation {
    const struct model *model;
    text name, method, request_uri;
    int response_code;               /* 0 if not said */
    const struct model_shape *input; /* NULL if none, as is the next */
    const struct model_shape *output;
    text input_location_name; /* rest-xml's root element */
    struct model_namespace input_namespace;
    text result_wrapper; /* query */
    bool output_wrapped; /* "wrapper" */
    uint32_t error_count;
    const struct model_shape **errors;
    text auth_type; /* "none", "v4-unsigned-body" */
    uint32_t auth_count;
    text *auth;       /* "smithy.api#noAuth" */
    text host_prefix; /* endpoint.hostPrefix */
    bool unsigned_payload;
    bool discovers_endpoint, discovery_required; /* endpointdiscovery */
    bool is_endpoint_operation;
    bool checksum_required; /* httpChecksumRequired, or httpChecksum.requestChecksumRequired */
    const struct model_member *checksum_algorithm;  /* httpChecksum.requestAlgorithmMember */
    const struct model_member *checksum_validation; /* .requestValidationModeMember */
    uint32_t checksum_count;
    text *checksums; /* .responseAlgorithms */
    uint32_t compression_count;
    text *compressions; /* requestcompression.encodings */
    uint32_t static_count, dynamic_count;
    struct model_named_value *static_context;  /* staticContextParams */
    struct model_named_value *dynamic_context; /* operationContextParams: value is the path */
    bool idempotent, readonly, deprecated;
    const struct model_member *input_stream;  /* the streaming member of input, event streams too */
    const struct model_member *output_stream; /* of output */
};

struct model {
    text service; /* the folder's name: "s3" */
    text file;    /* where it was read */
    text api_version, endpoint_prefix, service_id, full_name, abbreviation;
    text signature_version;
    text signing_name; /* endpoint_prefix if the model has none */
    text json_version, target_prefix, global_endpoint;
    struct model_namespace xml_namespace;
    text http2; /* protocolSettings.h2: "eventstream", "optional"; absent if none */
    enum model_protocol protocol;         /* what botocore would speak */
    bool protocols[MODEL_PROTOCOL_COUNT]; /* all that the service offers */
    bool query_compatible;
    bool deprecated;
    uint32_t auth_count;
    text *auth;
    uint32_t operation_count, shape_count, client_context_count;
    struct model_operation *operations; /* in the model's order */
    struct model_shape *shapes;
    text *client_context; /* names of clientContextParams */
    struct map operation_names, shape_names;
    struct model_source *source; /* of model_open(); NULL: all has been read */
    struct budget budget;
    struct slab blocks;
    struct arena arena;
};

/* NULL with one line in error: INIA_BAD_CONFIG and what is wrong in which file at which place,
 * "unknown service 's4': did you mean 's3'?", or INIA_NO_MEMORY. */
struct model *model_load(const char *folders, text service, text version, inia_error *error);

/*
 * The same, but operations and their shapes are read when they are asked for: much quicker and
 * smaller where few are used, as a client does. At first no more is read than the metadata, which
 * files start with (else all of it is read); the file's own bytes are kept, and when the first
 * operation or shape is asked for the rest is unpacked and cut up, which takes most of the time:
 * some milliseconds for the largest. What is wrong further on is told then, by
 * model_require_operation(), in the words of model_load(). deprecated and client_context are known
 * from then on; operations, shapes and the maps of their names stay empty. Such a model belongs to
 * one thread.
 */
struct model *model_open(const char *folders, text service, text version, inia_error *error);
struct model *model_open_bytes(text service, text file, text bytes, text extras, inia_error *error);

/* model_load() from bytes in memory; file is what errors call it. extras: of
 * service-2.sdk-extras.json, absent if there are none. */
struct model *model_parse(text service, text file, text bytes, text extras, inia_error *error);
void model_free(struct model *model);

const struct model_operation *model_find_operation(const struct model *model, text name);
/* NULL with "unknown operation 'GetObjet' of s3: did you mean 'GetObject'?" */
const struct model_operation *model_require_operation(
    const struct model *model, text name, inia_error *error);
/* The one that tells where the others go; NULL: there is none. */
const struct model_operation *model_endpoint_operation(const struct model *model);
const struct model_shape *model_find_shape(const struct model *model, text name);
const struct model_member *model_find_member(const struct model_shape *structure, text name);
/* The member nearest in spelling; absent if none is near. */
text model_nearest_member(const struct model_shape *structure, text name);

const char *model_protocol_name(enum model_protocol protocol); /* "rest-xml" */

/* ---- Files --------------------------------------------------------------------------- */

/* One of a service's files, or with an absent service one at the top ("partitions.json"), in arena,
 * unpacked if it is a .gz, followed by a NUL; the caller may change them and JSON_PADDING bytes
 * behind them. INIA_BAD_CONFIG with a line when there is none. */
inia_status models_read_file(
    const char *folders, text service, text version, text name, struct arena *arena, text *bytes,
    inia_error *error) MUST_USE;

/* The names of all services that have the file "service-2.json", sorted, in arena. false: no
 * memory. */
bool models_list_services(
    const char *folders, struct arena *arena, text **services, size_t *count) MUST_USE;

/* The newest apiVersion of a service that has this file; absent if none has. */
text models_newest_version(const char *folders, text service, text name, struct arena *arena);

#endif
