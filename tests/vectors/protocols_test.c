/* The protocol suites of vectors/protocols: requests that must be built, responses that must be
 * read. */
#include "room.h"

/* ---- What is left out ------------------------------------------------------------------------ */

struct asked {
    const struct model_operation *operation;
    const struct json_value *params, *wanted, *headers;
};

static text wanted_header(const struct asked *asked, const char *name)
{
    for (size_t i = 0; asked->headers && i < asked->headers->count; i++) {
        if (text_equals_ignoring_case(asked->headers->names[i], text_of(name)))
            return json_text(&asked->headers->items[i]);
    }
    return (text){NULL, 0};
}

/* Clients of today send a CRC, which is added when the body is known. */
static bool wants_an_md5(const struct asked *asked)
{
    return asked->operation->checksum_required && wanted_header(asked, "content-md5").data;
}

static bool wants_an_empty_list_in_a_header(const struct asked *asked)
{
    const struct model_shape *input = asked->operation->input;
    for (size_t i = 0; input && i < input->member_count; i++) {
        const struct model_member *member = &input->members[i];
        const struct json_value *value = json_member(asked->params, member->name);
        if (member->location == MODEL_IN_HEADER && json_is(value, JSON_LIST) && value->count == 0 &&
            json_member(asked->headers, member->location_name))
            return true;
    }
    return false;
}

/* The models of these suites lack mediaType, and botocore's do. */
static bool wants_a_media_type_of_a_blob(const struct asked *asked)
{
    const struct model_shape *input = asked->operation->input;
    const struct model_member *payload = input ? input->payload : NULL;
    text type = wanted_header(asked, "content-type");
    return payload && payload->shape->kind == MODEL_BLOB && type.data &&
           !text_equals(type, TEXT("application/octet-stream"));
}

static bool wants_a_hash_of_the_body(const struct asked *asked)
{
    return wanted_header(asked, "x-amz-sha256-tree-hash").data;
}

static bool wants_an_endpoint_from_a_parameter(const struct asked *asked)
{
    return text_equals(asked->operation->model->service_id, TEXT("Machine Learning")) &&
           json_member(asked->wanted, TEXT("host"));
}

/* The suites of one origin ask for what those of another forbid, or for what is added elsewhere. */
static const struct {
    bool (*applies)(const struct asked *asked);
    const char *reason;
} left_out[] = {
    {wants_an_md5, "an MD5 that clients of today no longer send but a CRC, which is added when the "
                   "body is known"},
    {wants_an_empty_list_in_a_header,
     "contradicts legacy-input-rest-json-26-1, which botocore follows"},
    {wants_a_media_type_of_a_blob, "the model does not say the media type"},
    {wants_a_hash_of_the_body,
     "checksums of bodies are not made here: vectors/world_payload_test.c has them"},
    {wants_an_endpoint_from_a_parameter,
     "the endpoint is not chosen here: vectors/world_payload_test.c has it"},
};

/* An object where the shape is a string. */
static bool is_declared_otherwise(
    const struct model_shape *shape, const struct json_value *value, int depth)
{
    if (!shape || !value || depth > 8)
        return false;
    if (shape->kind == MODEL_STRING)
        return value->kind == JSON_OBJECT;
    if (shape->kind == MODEL_LIST && value->kind == JSON_LIST)
        for (size_t i = 0; i < value->count; i++) {
            if (is_declared_otherwise(shape->item->shape, &value->items[i], depth + 1))
                return true;
        }
    return false;
}

static const char *reason_to_leave_out_response(
    const struct model_operation *operation, const struct json_value *one)
{
    const struct json_value *result = json_member(one, TEXT("result"));
    for (size_t i = 0; operation->output && result && i < result->count; i++) {
        const struct model_member *member = model_find_member(operation->output, result->names[i]);
        if (member && !member->json_value &&
            is_declared_otherwise(member->shape, &result->items[i], 0))
            return "its map is declared to be a string";
    }
    return NULL;
}

/* NULL: it is not left out. */
static const char *reason_to_leave_out(
    const struct model_operation *operation, const struct json_value *one, bool input)
{
    if (!input)
        return reason_to_leave_out_response(operation, one);
    const struct json_value *wanted = json_member(one, TEXT("serialized"));
    struct asked asked = {
        operation, json_member(one, TEXT("params")), wanted, json_member(wanted, TEXT("headers"))};
    for (size_t i = 0; i < COUNT_OF(left_out); i++) {
        if (left_out[i].applies(&asked))
            return left_out[i].reason;
    }
    return NULL;
}

/* ---- Running --------------------------------------------------------------------------------- */

struct tally {
    size_t passed, failed, left_out;
    char reasons[2048];
};

static void leave_out(struct tally *tally, text id, const char *reason)
{
    size_t used = strlen(tally->reasons);
    snprintf(
        tally->reasons + used, sizeof tally->reasons - used, "%s%.*s: %s", used ? "; " : "",
        TEXT_ARGS(id), reason);
    tally->left_out++;
}

/* operation beats client among the settings of a case. */
static bool is_path_style(const struct json_value *one)
{
    static const char *const scopes[] = {"operation", "client", false};
    const struct json_value *config =
        json_member(json_member(one, TEXT("vendorParams")), TEXT("scopedConfig"));
    for (size_t i = 0; i < COUNT_OF(scopes); i++) {
        const struct json_value *s3 =
            json_member(json_member(config, text_of(scopes[i])), TEXT("s3"));
        text style = member_text(s3, "addressing_style");
        if (style.data)
            return text_equals(style, TEXT("path"));
    }
    return false;
}

static void run_case(
    const char *group, const struct json_value *suite, const struct json_value *one, bool input,
    struct tally *tally)
{
    struct room room;
    text id = member_text(one, "id");
    room_open(&room);
    bool made = make_plan(&room, suite, json_member(one, TEXT("given")), is_path_style(one));
    const char *reason = made ? reason_to_leave_out(&room.model->operations[0], one, input) : NULL;
    bool passed =
        made && (input ? input_passes(&room, suite, one) : output_passes(&room, suite, one));
    if (!passed && reason) {
        leave_out(tally, id, reason);
    } else {
        tally->passed += passed;
        tally->failed += !passed;
        if (!passed)
            printf("%s %.*s: %s\n", group, TEXT_ARGS(id), room.why);
    }
    model_free(room.model);
    room_close(&room);
}

static void run_file(const char *folder, const char *name, bool input)
{
    char path[4096], group[256];
    struct room room;
    struct json_problem problem;
    struct tally tally = {0};
    size_t size;
    snprintf(path, sizeof path, "%s/protocols/%s/%s.json", test_vectors(), folder, name);
    snprintf(group, sizeof group, "protocols/%s/%s", folder, name);
    room_open(&room);
    char *file = test_read_file(path, &size);
    const struct json_value *suites =
        json_parse(room.readers.json, text_from(file, size), &room.arena, &problem);
    CHECK(suites);
    for (size_t i = 0; i < suites->count; i++) {
        const struct json_value *suite = json_item(suites, i);
        const struct json_value *cases = json_member(suite, TEXT("cases"));
        for (size_t k = 0; cases && k < cases->count; k++)
            run_case(group, suite, json_item(cases, k), input, &tally);
    }
    printf("%s: %zu/%zu", group, tally.passed, tally.passed + tally.failed);
    if (tally.left_out)
        printf(" (%zu left out: %s)", tally.left_out, tally.reasons);
    putchar('\n');
    free(file);
    room_close(&room);
    CHECK_EQ(tally.failed, 0);
}

#define SUITE(identifier, folder, name, input)                                                     \
    TEST(identifier)                                                                               \
    {                                                                                              \
        run_file(folder, name, input);                                                             \
    }

SUITE(rest_xml_requests_are_built, "input", "rest-xml", true)
SUITE(rest_xml_responses_are_read, "output", "rest-xml", false)
SUITE(json_1_0_requests_are_built, "input", "json_1_0", true)
SUITE(json_1_0_responses_are_read, "output", "json_1_0", false)
SUITE(json_1_1_requests_are_built, "input", "json", true)
SUITE(json_1_1_responses_are_read, "output", "json", false)
SUITE(query_compatible_json_requests_are_built, "input", "json_1_0-query-compatible", true)
SUITE(query_compatible_json_responses_are_read, "output", "json_1_0-query-compatible", false)
SUITE(rest_json_requests_are_built, "input", "rest-json", true)
SUITE(rest_json_responses_are_read, "output", "rest-json", false)
SUITE(query_requests_are_built, "input", "query", true)
SUITE(query_responses_are_read, "output", "query", false)
SUITE(ec2_requests_are_built, "input", "ec2", true)
SUITE(ec2_responses_are_read, "output", "ec2", false)
SUITE(older_ec2_requests_are_built, "legacy/input", "ec2", true)
SUITE(older_json_requests_are_built, "legacy/input", "json", true)
SUITE(older_query_requests_are_built, "legacy/input", "query", true)
SUITE(older_rest_json_requests_are_built, "legacy/input", "rest-json", true)
SUITE(older_rest_xml_requests_are_built, "legacy/input", "rest-xml", true)
SUITE(older_ec2_responses_are_read, "legacy/output", "ec2", false)
SUITE(older_json_responses_are_read, "legacy/output", "json", false)
SUITE(older_query_responses_are_read, "legacy/output", "query", false)
SUITE(older_rest_json_responses_are_read, "legacy/output", "rest-json", false)
SUITE(older_rest_xml_responses_are_read, "legacy/output", "rest-xml", false)
SUITE(smithys_ec2_requests_are_built, "smithy-extra/input", "ec2", true)
SUITE(smithys_json_requests_are_built, "smithy-extra/input", "json", true)
SUITE(smithys_json_1_0_requests_are_built, "smithy-extra/input", "json_1_0", true)
SUITE(smithys_rest_json_requests_are_built, "smithy-extra/input", "rest-json", true)
SUITE(smithys_rest_xml_requests_are_built, "smithy-extra/input", "rest-xml", true)
SUITE(smithys_json_responses_are_read, "smithy-extra/output", "json", false)
SUITE(smithys_json_1_0_responses_are_read, "smithy-extra/output", "json_1_0", false)
SUITE(smithys_query_responses_are_read, "smithy-extra/output", "query", false)
SUITE(smithys_rest_json_responses_are_read, "smithy-extra/output", "rest-json", false)
SUITE(smithys_rest_xml_responses_are_read, "smithy-extra/output", "rest-xml", false)
SUITE(rubys_rest_json_extras_requests_are_built, "ruby-extra/input", "rest-json-extras", true)
SUITE(rubys_json_extras_responses_are_read, "ruby-extra/output", "json-extras", false)
SUITE(rubys_rest_json_extras_responses_are_read, "ruby-extra/output", "rest-json-extras", false)
SUITE(rubys_rest_xml_extras_responses_are_read, "ruby-extra/output", "rest-xml-extras", false)
SUITE(cbor_requests_are_built, "input", "smithy-rpc-v2-cbor", true)
SUITE(cbor_responses_are_read, "output", "smithy-rpc-v2-cbor", false)
SUITE(
    query_compatible_cbor_requests_are_built, "input", "smithy-rpc-v2-cbor-query-compatible", true)
SUITE(
    query_compatible_cbor_responses_are_read, "output", "smithy-rpc-v2-cbor-query-compatible",
    false)
SUITE(plain_cbor_requests_are_built, "input", "smithy-rpc-v2-cbor-non-query-compatible", true)
SUITE(plain_cbor_responses_are_read, "output", "smithy-rpc-v2-cbor-non-query-compatible", false)
SUITE(
    smithys_smithy_rpc_v2_cbor_requests_are_built, "smithy-extra/input", "smithy-rpc-v2-cbor", true)
SUITE(
    smithys_smithy_rpc_v2_cbor_responses_are_read, "smithy-extra/output", "smithy-rpc-v2-cbor",
    false)
