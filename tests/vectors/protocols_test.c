/* The protocol suites of vectors/protocols: requests that must be built, responses that must be
 * read. */
#include "room.h"

#define PAYLOAD_NAME                                                                               \
    "its payload has a locationName that must not count, while s3's "                              \
    "PutBucketLifecycleConfiguration needs it"

#define EMPTY_LIST "contradicts legacy-input-rest-json-26-1, which botocore follows"
#define MEDIA_TYPE "the model does not say the media type"

/* Cases that are left out, by their id, each for a reason that lies outside protocols.
 */
static const struct {
    const char *id, *reason;
    bool responses; /* the case of this name among the responses; else among the requests */
} left_out[] = {
    {"RestJsonHttpChecksumRequired",
     "an MD5 that clients of today no longer send but a CRC, which "
     "is added when the body is known",
     false},
    {"RestJsonNullAndEmptyHeaders", EMPTY_LIST, false},
    {"NullAndEmptyHeaders", EMPTY_LIST, false},
    {"RestJsonHttpPayloadTraitsWithMediaTypeWithBlob", MEDIA_TYPE, false},
    {"RestJsonStreamingTraitsWithMediaTypeWithBlob", MEDIA_TYPE, false},
    {"HttpPayloadTraitsWithMediaTypeWithBlob", MEDIA_TYPE, false},
    {"MachinelearningPredictEndpoint",
     "the endpoint is not chosen here: vectors/world_payload_test.c has it", false},
    {"GlacierChecksums",
     "checksums of bodies are not made here: vectors/world_payload_test.c has them", false},
    {"GlacierMultipartChecksums",
     "checksums of bodies are not made here: vectors/world_payload_test.c has them", false},
    {"legacy-output-json-3-1", "its map is declared to be a string", true},
    {"RestXmlHttpPayloadWithUnion", PAYLOAD_NAME, false},
    {"HttpPayloadWithXmlNamespace", PAYLOAD_NAME, false},
    {"HttpPayloadWithXmlNamespaceAndPrefix", PAYLOAD_NAME, false},
};
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

static bool is_left_out(text id, bool input, struct tally *tally)
{
    for (size_t i = 0; i < COUNT_OF(left_out); i++) {
        if (!text_equals(id, text_of(left_out[i].id)) || left_out[i].responses == input)
            continue;
        leave_out(tally, id, left_out[i].reason);
        return true;
    }
    return false;
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
    if (is_left_out(id, input, tally))
        return;
    room_open(&room);
    bool made = make_plan(&room, suite, json_member(one, TEXT("given")), is_path_style(one));
    bool passed =
        made && (input ? input_passes(&room, suite, one) : output_passes(&room, suite, one));
    tally->passed += passed;
    tally->failed += !passed;
    if (!passed)
        printf("%s %.*s: %s\n", group, TEXT_ARGS(id), room.why);
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
