/* What services want that their models do not say, with the services' own models. */
#include "protocols/protocols.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

struct desk {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct protocol_readers readers;
    struct model *model;
    const struct protocol_plan *plan;
    struct protocol_request request;
    inia_error error;
};

static void desk_init(struct desk *desk, const char *service, const char *operation)
{
    const struct model_operation *found;
    *desk = (struct desk){.error = {INIA_OK, ""}};
    budget_init(&desk->budget, (size_t)1 << 28);
    slab_init(&desk->blocks, &desk->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&desk->arena, &desk->blocks);
    CHECK(protocol_readers_init(&desk->readers));
    desk->model = model_load(INIA_TEST_MODELS, text_of(service), (text){NULL, 0}, &desk->error);
    if (!desk->model)
        FAIL("%s", desk->error.detail);
    found = model_require_operation(desk->model, text_of(operation), &desk->error);
    if (!found)
        FAIL("%s", desk->error.detail);
    desk->plan = protocol_plan_new(found, MODEL_PROTOCOL_NONE, &desk->arena, &desk->error);
    CHECK(desk->plan != NULL);
}

static void desk_release(struct desk *desk)
{
    protocol_readers_release(&desk->readers);
    arena_release(&desk->arena);
    slab_release(&desk->blocks);
    model_free(desk->model);
}

static inia_status build(struct desk *desk, const char *params)
{
    struct json_value *object;
    struct protocol_input input = {
        .encodes_names = true, .idempotency_token = TEXT("00000000-0000-4000-8000-000000000000")};
    inia_status status = protocol_read_params(
        desk->plan, desk->readers.json, text_of(params), NULL, &desk->arena, &object, &desk->error);
    CHECK_EQ(status, INIA_OK);
    input.params = object;
    return protocol_build(desk->plan, &input, &desk->arena, &desk->request, &desk->error);
}

/* All of the request as one text: "POST /path?query\nname: value\n...\nbody". */
static const char *written(struct desk *desk)
{
    const struct http_draft *draft = &desk->request.draft;
    struct buffer out;
    buffer_init(&out, &desk->arena);
    buffer_add_format(&out, "%.*s %.*s", TEXT_ARGS(draft->method), TEXT_ARGS(draft->path));
    if (draft->query.size)
        buffer_add_format(&out, "?%.*s", TEXT_ARGS(draft->query));
    buffer_add_char(&out, '\n');
    for (size_t i = 0; i < draft->header_count; i++)
        buffer_add_format(
            &out, "%.*s: %.*s\n", TEXT_ARGS(draft->headers[i].name),
            TEXT_ARGS(draft->headers[i].value));
    buffer_add_char(&out, '\n');
    buffer_add(&out, desk->request.body);
    return buffer_string(&out);
}

struct want {
    const char *service, *operation, *params;
    const char *has[4], *lacks[2];
};

static void check_wanted(const struct want *want)
{
    struct desk desk;
    desk_init(&desk, want->service, want->operation);
    if (build(&desk, want->params) != INIA_OK)
        FAIL("%s %s: %s", want->operation, want->params, desk.error.detail);
    const char *request = written(&desk);
    for (size_t i = 0; i < COUNT_OF(want->has) && want->has[i]; i++) {
        if (!strstr(request, want->has[i]))
            FAIL("%s: '%s' is not in\n%s", want->operation, want->has[i], request);
    }
    for (size_t i = 0; i < COUNT_OF(want->lacks) && want->lacks[i]; i++) {
        if (strstr(request, want->lacks[i]))
            FAIL("%s: '%s' is in\n%s", want->operation, want->lacks[i], request);
    }
    desk_release(&desk);
}

static const struct want wants[] = {
    {"s3",
     "GetObject",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"SSECustomerKey\":\"12345678\"}",
     {"customer-key: MTIzNDU2Nzg=\n", "customer-key-md5: JdVa0oOqQAr0ZMdtcTwHrQ==\n"},
     {NULL}},
    {"s3",
     "GetObject",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"SSECustomerKey\":\"MTIz\",\"SSECustomerKeyMD5\":\"x\"}",
     {"customer-key: MTIz\n", "customer-key-md5: x\n"},
     {NULL}},
    {"s3",
     "CopyObject",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":\"from/a b?c\","
     "\"CopySourceSSECustomerKey\":\"12345678\"}",
     {"x-amz-copy-source: from/a%20b%3Fc\n", "copy-source-server-side-encryption-customer-key: MTI",
      "copy-source-server-side-encryption-customer-key-md5: JdVa"},
     {NULL}},
    {"s3",
     "CopyObject",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":\"from/a+b?versionId=a%b\"}",
     {"x-amz-copy-source: from/a%2Bb?versionId=a%b\n"},
     {NULL}},
    {"s3",
     "UploadPartCopy",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"UploadId\":\"u\",\"PartNumber\":1,"
     "\"CopySource\":{\"Bucket\":\"from\",\"Key\":\"\xC3\xA9/x\",\"VersionId\":\"v\"}}",
     {"x-amz-copy-source: from/%C3%A9/x?versionId=v\n"},
     {NULL}},
    {"s3",
     "CopyObject",
     "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":{\"Bucket\":"
     "\"arn:aws:s3:us-west-2:123456789012:accesspoint/mine\",\"Key\":\"x\"}}",
     {"copy-source: arn%3Aaws%3As3%3Aus-west-2%3A123456789012%3Aaccesspoint/mine/object/x\n"},
     {NULL}},
    {"s3", "ListObjectsV2", "{\"Bucket\":\"b\"}", {"?list-type=2&encoding-type=url\n"}, {NULL}},
    {"s3",
     "DeleteObjects",
     "{\"Bucket\":\"b\",\"Delete\":{\"Objects\":[{\"Key\":\"a\\r\\nb\"}]}}",
     {"<Key>a&#xD;&#xA;b</Key>"},
     {NULL}},
    {"s3",
     "PutBucketLifecycleConfiguration",
     "{\"Bucket\":\"b\",\"LifecycleConfiguration\":{\"Rules\":[]}}",
     {"<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"},
     {NULL}},
    {"s3control",
     "GetAccessPoint",
     "{\"Name\":\"arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/mine\"}",
     {"x-amz-account-id: 123456789012\n"},
     {NULL}},
    {"ec2",
     "RunInstances",
     "{\"MinCount\":1,\"MaxCount\":1,\"UserData\":\"#!/bin/sh\"}",
     {"&UserData=IyEvYmluL3No"},
     {NULL}},
    {"autoscaling",
     "CreateLaunchConfiguration",
     "{\"LaunchConfigurationName\":\"c\",\"UserData\":\"hi\"}",
     {"&UserData=aGk%3D"},
     {NULL}},
    {"route53",
     "GetHostedZone",
     "{\"Id\":\"/hostedzone/Z1\"}",
     {"/hostedzone/Z1\n"},
     {"hostedzone%2F"}},
    {"route53", "GetChange", "{\"Id\":\"/change/C1\"}", {"/change/C1\n"}, {"change%2F"}},
    {"glacier",
     "ListVaults",
     "{}",
     {"GET /-/vaults", "x-amz-glacier-version: 2012-06-01\n"},
     {NULL}},
    {"apigateway", "GetRestApis", "{}", {"accept: application/json\n"}, {NULL}},
    {"cloudsearchdomain",
     "Search",
     "{\"query\":\"a b\",\"size\":3}",
     {"POST /2013-01-01/search\n", "content-type: application/x-www-form-urlencoded\n",
      "\nformat=sdk&pretty=true&", "q=a%20b&size=3"},
     {"GET", "search?"}},
    {"rds",
     "CopyDBSnapshot",
     "{\"SourceDBSnapshotIdentifier\":\"a\",\"TargetDBSnapshotIdentifier\":\"b\","
     "\"SourceRegion\":\"eu-west-1\"}",
     {"SourceDBSnapshotIdentifier=a"},
     {"SourceRegion"}},
};

TEST(parameters_go_out_as_botocore_changes_them)
{
    for (size_t i = 0; i < COUNT_OF(wants); i++)
        check_wanted(&wants[i]);
}

static text source_region(const char *service, const char *operation, const char *params)
{
    static char kept[64];
    struct desk desk;
    desk_init(&desk, service, operation);
    if (build(&desk, params) != INIA_OK)
        FAIL("%s: %s", operation, desk.error.detail);
    text region = desk.request.source_region;
    CHECK(region.size < sizeof kept);
    if (region.size)
        memcpy(kept, region.data, region.size);
    desk_release(&desk);
    return text_from(kept, region.size);
}

TEST(a_copy_from_elsewhere_says_where_its_URL_is_to_lead_unless_it_has_one)
{
    static const char *const copies[] = {
        "{\"SourceDBSnapshotIdentifier\":\"a\",\"TargetDBSnapshotIdentifier\":\"b\"%s}",
        ",\"SourceRegion\":\"eu-west-1\"",
        ",\"SourceRegion\":\"eu-west-1\",\"PreSignedUrl\":\"https://u\"",
        "",
    };
    for (size_t i = 1; i < COUNT_OF(copies); i++) {
        char params[300];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(params, sizeof params, copies[0], copies[i]);
#pragma GCC diagnostic pop
        text region = source_region("rds", "CopyDBSnapshot", params);
        CHECK(text_equals(region, i == 1 ? TEXT("eu-west-1") : TEXT("")));
    }
    text region = source_region(
        "ec2", "CopySnapshot", "{\"SourceRegion\":\"eu-west-1\",\"SourceSnapshotId\":\"s\"}");
    CHECK(text_equals(region, TEXT("eu-west-1")));
}

TEST(parameters_that_cannot_be_right_are_refused_with_a_reason)
{
    static const char *const refused[][4] = {
        {"s3", "GetObject", "{\"Bucket\":\"a/b\",\"Key\":\"k\"}", "Bucket: 'a/b' is neither"},
        {"s3", "GetObject", "{\"Bucket\":\"\",\"Key\":\"k\"}", "Bucket: "},
        {"s3", "PutObject",
         "{\"Bucket\":\"b\",\"Key\":\"k\",\"Metadata\":{\"a\":\"b\",\"c\":\"\xC3\xA9\"}}",
         "Metadata.c: it goes into a header, which holds ASCII only"},
        {"s3", "PutObject", "{\"Bucket\":\"a/b\",\"Key\":\"k\",\"Metadata\":{\"c\":\"\xC3\xA9\"}}",
         "Bucket: 'a/b' is neither"},
        {"s3", "CopyObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":{\"Bucket\":\"x\"}}",
         "CopySource: a string is wanted"},
        {"s3", "CopyObject", "{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":5}",
         "CopySource: a string is wanted"},
        {"s3", "GetObject", "{\"Bucket\":5,\"Key\":\"k\",\"SSECustomerKey\":5}",
         "SSECustomerKey: a string is wanted"},
        {"route53", "GetChange", "{\"Id\":5}", "Id: a string is wanted"},
        {"s3control", "GetAccessPoint", "{\"Name\":\"arn:aws:s3:us-west-2:1:accesspoint/mine\"}",
         "Name: an ARN must be arn:PARTITION:s3-outposts:REGION:ACCOUNT:outpost/ID/"},
        {"s3control", "GetBucket", "{\"Bucket\":\"arn:aws:s3-outposts:r:1:outpost/o/bucket/b/c\"}",
         "Bucket: an ARN must be arn:"},
        {"s3control", "GetBucket",
         "{\"AccountId\":\"2\",\"Bucket\":\"arn:aws:s3-outposts:r:1:outpost/o/bucket/b\"}",
         "Bucket: the ARN must be of the account in AccountId"},
        {"s3control", "GetBucket",
         "{\"Bucket\":\"arn:aws:s3-outposts:fips-r:1:outpost/o/bucket/b\"}",
         "Bucket: the ARN's region must be one without fips"},
        {"s3control", "GetBucket", "{\"Bucket\":\"arn:aws:s3\"}", "AccountId: is required"},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct desk desk;
        desk_init(&desk, refused[i][0], refused[i][1]);
        CHECK_EQ(build(&desk, refused[i][2]), INIA_BAD_REQUEST);
        if (!strstr(desk.error.detail, refused[i][3]))
            FAIL("%s: %s", refused[i][3], desk.error.detail);
        desk_release(&desk);
    }
}

TEST(each_allocation_of_a_changed_request_may_fail)
{
    bool all_well = false;
    for (uint64_t nth = 1; nth < 100 && !all_well; nth++) {
        struct desk desk;
        desk_init(&desk, "s3", "CopyObject");
        struct json_value *object;
        struct protocol_input input = {.encodes_names = true};
        CHECK_EQ(
            protocol_read_params(
                desk.plan, desk.readers.json,
                TEXT("{\"Bucket\":\"b\",\"Key\":\"k\",\"CopySource\":{\"Bucket\":\"a\",\"Key\":"
                     "\"b\"},\"SSECustomerKey\":\"k\",\"CopySourceSSECustomerKey\":\"k\"}"),
                NULL, &desk.arena, &object, &desk.error),
            INIA_OK);
        input.params = object;
        struct arena fresh;
        arena_init(&fresh, &desk.blocks);
        budget_fail_after(nth);
        inia_status status = protocol_build(desk.plan, &input, &fresh, &desk.request, &desk.error);
        budget_fail_after(0);
        CHECK(status == INIA_OK || status == INIA_NO_MEMORY);
        all_well = status == INIA_OK;
        arena_release(&fresh);
        desk_release(&desk);
    }
    CHECK(all_well);
}

/* ---- Responses ------------------------------------------------------------------------------- */

struct reply {
    const char *service, *operation;
    int status;
    const char *header, *value; /* NULL: none */
    const char *body, *json;
    bool asked; /* that names come encoded is not the user's wish */
    const char *message;
};

static void check_reply(const struct reply *reply)
{
    struct desk desk;
    desk_init(&desk, reply->service, reply->operation);
    struct http_header header = {text_of(reply->header), text_of(reply->value)};
    struct http_response response = {
        .status = reply->status, .headers = &header, .header_count = reply->header != NULL};
    struct protocol_request request = {.decodes_names = reply->asked};
    struct protocol_output output;
    inia_status status = protocol_parse_answer(
        desk.plan, &request, &desk.readers, &response, text_of(reply->body), &desk.arena, &output,
        &desk.error);
    if (status != INIA_OK)
        FAIL("%s: %s", reply->operation, desk.error.detail);
    if (reply->json && !strstr(output.json.data, reply->json))
        FAIL("%s: '%s' is not in %s", reply->operation, reply->json, output.json.data);
    if (reply->message)
        CHECK_TEXT(output.message.data, reply->message);
    desk_release(&desk);
}

#define LISTING                                                                                    \
    "<ListBucketResult><Prefix>a%2Bb+c%00</Prefix><EncodingType>url</EncodingType>"                \
    "<Contents><Key>%1F+x</Key><ETag>a%2B+</ETag></Contents></ListBucketResult>"

static const struct reply replies[] = {
    {"s3", "ListObjectsV2", 200, NULL, NULL, LISTING, "\"Key\":\"\\u001f x\",\"ETag\":\"a%2B+\"",
     true, NULL},
    {"s3", "ListObjectsV2", 200, NULL, NULL, LISTING, "\"Prefix\":\"a+b c\\u0000\"", true, NULL},
    {"s3", "ListObjectsV2", 200, NULL, NULL, LISTING, "\"Prefix\":\"a%2Bb+c%00\"", false, NULL},
    {"s3", "ListObjectsV2", 200, NULL, NULL,
     "<ListBucketResult><Prefix>a+b</Prefix></ListBucketResult>", "\"Prefix\":\"a+b\"", true, NULL},
    {"s3", "GetBucketLocation", 200, NULL, NULL, "<LocationConstraint/>",
     "{\"LocationConstraint\":null}", false, NULL},
    {"s3", "GetBucketLocation", 200, NULL, NULL, "<LocationConstraint>EU</LocationConstraint>",
     "{\"LocationConstraint\":\"EU\"}", false, NULL},
    {"s3", "HeadObject", 200, "Expires", "Wed, 21 Oct 2015 07:28:00 GMT", "",
     "\"ExpiresString\":\"Wed, 21 Oct 2015 07:28:00 GMT\"", false, NULL},
    {"s3", "HeadObject", 200, "Expires", "access plus 1 month", "",
     "\"ExpiresString\":\"access plus 1 month\"", false, NULL},
    {"ec2", "GetConsoleOutput", 200, NULL, NULL,
     "<R><instanceId>i-1</instanceId><output>aGkKyQ==</output></R>",
     "\"Output\":\"hi\\n\xEF\xBF\xBD\"", false, NULL},
    {"ec2", "GetConsoleOutput", 200, NULL, NULL, "<R><output>no base64</output></R>",
     "\"Output\":\"no base64\"", false, NULL},
    {"cloudformation", "GetTemplate", 200, NULL, NULL,
     "<GetTemplateResponse><GetTemplateResult><TemplateBody>{\"a\":\"%41\"}</TemplateBody>"
     "</GetTemplateResult></GetTemplateResponse>",
     "\"TemplateBody\":{\"a\":\"%41\"}", false, NULL},
    {"iam", "GetRolePolicy", 200, NULL, NULL,
     "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>%7B%22a%22%3A1%7D"
     "</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>",
     "\"PolicyDocument\":{\"a\":1}", false, NULL},
    {"sso-oidc", "CreateToken", 400, NULL, NULL,
     "{\"error\":\"slow_down\",\"error_description\":\"wait\"}", NULL, false, "wait"},
};

TEST(responses_are_read_as_botocore_reads_them)
{
    for (size_t i = 0; i < COUNT_OF(replies); i++)
        check_reply(&replies[i]);
}
