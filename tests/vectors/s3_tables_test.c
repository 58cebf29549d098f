/* botocore's tables of what S3's and S3 Control's requests look like, which are signed and not
 * sent; object-urls and presigned-urls are in endpoints_s3_test.c. */
#include "configured.h"

static struct tally tally = {.group = "s3/requests"};

static const struct json_value *table(struct stage *stage, const char *name)
{
    return json_member(
        vector_json(&stage->bench, vector_path("s3/botocore-tables.json")), text_of(name));
}

/* ---- ARNs of outposts ----------------------------------------------------------------------- */

static void write_s3_settings(struct stage *stage, const struct json_value *config)
{
    const struct json_value *given = json_member(config, TEXT("s3"));
    struct buffer lines;
    buffer_init(&lines, &stage->bench.arena);
    buffer_add(&lines, TEXT("s3 =\n"));
    for (size_t i = 0; given && i < given->count; i++)
        buffer_add_format(
            &lines, "  %.*s = %s\n", TEXT_ARGS(given->names[i]),
            json_is_true(&given->items[i]) ? "true" : "false");
    stage_write_config(stage, buffer_string(&lines));
}

static text host_of(const inia_signed_request *request)
{
    text rest = text_of(request->url), path;
    (void)text_split(rest, '/', &rest);
    (void)text_split(rest, '/', &rest);
    return text_split(rest, '/', &path);
}

/* "20260101/us-west-2/s3-outposts/aws4_request" names what was signed for. */
static bool is_signed_for(const inia_signed_request *request, text name)
{
    char scope[128];
    snprintf(scope, sizeof scope, "/%.*s/aws4_request", TEXT_ARGS(name));
    return strstr(stage_header(request, "authorization"), scope) != NULL;
}

static bool request_fits(
    struct stage *stage, const inia_signed_request *request, const struct json_value *wanted)
{
    const struct json_value *headers = json_member(wanted, TEXT("headers"));
    text host = json_member_text(wanted, "netloc"), name = json_member_text(wanted, "signing_name");
    if (json_member(wanted, TEXT("exception")))
        return !request && stage->error.detail[0];
    bool good = request && text_equals(host_of(request), host) && is_signed_for(request, name);
    for (size_t i = 0; good && headers && i < headers->count; i++) {
        const char *header = arena_string(&stage->bench.arena, headers->names[i]);
        good = text_equals(text_of(stage_header(request, header)), json_text(&headers->items[i]));
    }
    return good;
}

static void find_resource(
    struct stage *stage, const struct json_value *one, const char *operation, const char *member)
{
    const struct json_value *test = json_member(one, TEXT("test_case"));
    text region = json_member_text(test, "region");
    char params[512];
    write_s3_settings(stage, json_member(test, TEXT("config")));
    stage_put_variable("AWS_REGION", stage, region.size ? region : TEXT("us-west-2"));
    snprintf(
        params, sizeof params, "{\"%s\":\"%.*s\"}", member,
        TEXT_ARGS(json_member_text(test, "arn")));
    const inia_signed_request *request = stage_sign(
        stage, (inia_client_config){.service = "s3control", .credentials = &stage_keys}, operation,
        params, INIA_SIGN);
    bool good = request_fits(stage, request, json_member(test, TEXT("assertions")));
    if (!good)
        printf("  %s\n", request ? request->url : stage->error.detail);
    tally_case(&tally, good, operation, json_member_text(one, "id"));
    stage_forget(stage);
}

TEST(arns_lead_to_outposts)
{
    static const char *const tables[][3] = {
        {"test_accesspoint_arn_redirection", "GetAccessPoint", "Name"},
        {"test_bucket_arn_redirection", "GetBucket", "Bucket"},
    };
    struct stage stage;
    stage_init(&stage);
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const struct json_value *cases = table(&stage, tables[i][0]);
        for (size_t n = 0; cases && n < cases->count; n++)
            find_resource(&stage, json_item(cases, n), tables[i][1], tables[i][2]);
    }
    unsetenv("AWS_REGION");
    stage_release(&stage);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

TEST(dot_segments_of_keys_stay)
{
    struct stage stage;
    stage_init(&stage);
    stage_write_config(&stage, "region = us-west-2\n");
    const struct json_value *cases = table(&stage, "test_dot_segments_preserved_in_url_path");
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        char params[512], url[1024];
        snprintf(
            params, sizeof params, "{\"Bucket\":\"%.*s\",\"Key\":\"%.*s\"}",
            TEXT_ARGS(json_member_text(one, "bucket")), TEXT_ARGS(json_member_text(one, "key")));
        snprintf(
            url, sizeof url, "https://%.*s%.*s",
            TEXT_ARGS(json_member_text(one, "expected_hostname")),
            TEXT_ARGS(json_member_text(one, "expected_path")));
        const inia_signed_request *request = stage_sign(
            &stage, (inia_client_config){.service = "s3", .credentials = &stage_keys}, "GetObject",
            params, INIA_SIGN);
        bool good = request && strcmp(request->url, url) == 0;
        tally_case(&tally, good, "a key of dots", json_member_text(one, "id"));
        stage_forget(&stage);
    }
    stage_release(&stage);
}

TEST(inner_functions_of_botocore_are_left_out)
{
    static const char *const inner[] = {
        "test_set_operation_specific_signer_s3v4", "test_remove_arn_from_signing_path",
        "test_remove_bucket_from_url_paths_from_model", "test_is_s3_accelerate_url"};
    struct stage stage;
    stage_init(&stage);
    for (size_t i = 0; i < COUNT_OF(inner); i++) {
        const struct json_value *cases = table(&stage, inner[i]);
        tally.left_out += cases ? cases->count : 0;
    }
    stage_release(&stage);
}

TEST(s3_tally)
{
    (void)test_vectors();
    tally_finish(
        &tally, "set_operation_specific_signer, remove_arn_from_signing_path, "
                "remove_bucket_from_url_paths_from_model, is_s3_accelerate_url: inner functions of "
                "botocore, whose effect on requests the other tables have");
}
