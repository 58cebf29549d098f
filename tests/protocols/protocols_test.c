#include "protocols/protocols.h"

#include "test.h"
#include "toy_service.h"

#include <stdio.h>
#include <string.h>

struct toys {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct protocol_readers readers;
    struct random_source random;
    struct model *model;
    struct protocol_plan *put, *get;
    inia_error error;
};

static void toys_open(struct toys *toys, const char *model)
{
    memset(toys, 0, sizeof *toys);
    budget_init(&toys->budget, 64 << 20);
    slab_init(&toys->blocks, &toys->budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&toys->arena, &toys->blocks);
    random_init(&toys->random, 7);
    CHECK(protocol_readers_init(&toys->readers));
    toys->model =
        model_parse(TEXT("toys"), TEXT("toys.json"), text_of(model), (text){NULL, 0}, &toys->error);
    if (!toys->model)
        FAIL("%s", toys->error.detail);
    toys->put = protocol_plan_new(
        model_find_operation(toys->model, TEXT("PutToy")), MODEL_PROTOCOL_NONE, &toys->arena,
        &toys->error);
    toys->get = protocol_plan_new(
        model_find_operation(toys->model, TEXT("GetToy")), MODEL_PROTOCOL_NONE, &toys->arena,
        &toys->error);
    CHECK(toys->put && toys->get);
}

static void toys_close(struct toys *toys)
{
    model_free(toys->model);
    protocol_readers_release(&toys->readers);
    arena_release(&toys->arena);
    slab_release(&toys->blocks);
    CHECK_EQ(toys->budget.used, 0);
}

static inia_status build(
    struct toys *toys, const char *json, const inia_param *params, struct protocol_request *request)
{
    struct json_value *object;
    inia_status status = protocol_read_params(
        toys->put, toys->readers.json, text_of(json), params, &toys->arena, &object, &toys->error);
    struct protocol_input input = {.params = object, .random = &toys->random};
    return status ? status : protocol_build(toys->put, &input, &toys->arena, request, &toys->error);
}

static const char *as_string(struct toys *toys, text value)
{
    return arena_string(&toys->arena, value);
}

TEST(parameters_find_their_places)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(
        build(
            &toys,
            "{\"Bucket\":\"b\",\"Key\":\"a b/c~+.txt\",\"Owner\":\"me\",\"Limit\":3,"
            "\"Meta\":{\"Color\":\"red\"},\"Token\":\"t\",\"Items\":[{\"Key\":\"k\",\"When\":"
            "\"2019-12-16T23:48:18Z\",\"Data\":\"AQI=\",\"Real\":1.50,\"Good\":true}],"
            "\"Any\":{\"x\":[null]}}",
            NULL, &request),
        INIA_OK);
    CHECK_TEXT(as_string(&toys, request.draft.method), "PUT");
    CHECK_TEXT(as_string(&toys, request.draft.path), "/a%20b/c~%2B.txt");
    CHECK_TEXT(as_string(&toys, request.draft.query), "toy&limit=3");
    CHECK_TEXT(as_string(&toys, request.host_prefix), "me.");
    CHECK_TEXT(
        as_string(&toys, request.body),
        "{\"Token\":\"t\",\"Items\":[{\"Key\":\"k\",\"When\":1576540098,\"Data\":\"AQI=\","
        "\"Real\":1.50,\"Good\":true}],\"Any\":{\"x\":[null]}}");
    CHECK_TEXT(http_draft_find(&request.draft, TEXT("x-meta-color"))->value.data, "red");
    CHECK_TEXT(http_draft_find(&request.draft, TEXT("x-owner"))->value.data, "me");
    CHECK_TEXT(as_string(&toys, request.content_type), "application/json");
    toys_close(&toys);
}

TEST(named_parameters_are_text_and_win_over_json)
{
    struct toys toys;
    struct protocol_request request;
    inia_param params[] = {
        {"Key", "k"}, {"Limit", "12"}, {"Owner", "o"}, {"Items", "[{\"Key\":\"i\"}]"}, {0}};
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(build(&toys, "{\"Bucket\":\"b\",\"Key\":\"other\"}", params, &request), INIA_OK);
    CHECK_TEXT(as_string(&toys, request.draft.path), "/k");
    CHECK_TEXT(as_string(&toys, request.draft.query), "toy&limit=12");
    CHECK(text_find_text(request.body, TEXT("\"Items\":[{\"Key\":\"i\"}]")) != SIZE_MAX);
    toys_close(&toys);
}

TEST(an_idempotency_token_is_made_up_when_there_is_none)
{
    struct toys toys;
    struct protocol_request first, second;
    const char *json = "{\"Bucket\":\"b\",\"Key\":\"k\",\"Owner\":\"o\",\"Items\":[]}";
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(build(&toys, json, NULL, &first), INIA_OK);
    CHECK_EQ(build(&toys, json, NULL, &second), INIA_OK);
    CHECK(text_find_text(first.body, TEXT("\"Token\":\"")) != SIZE_MAX);
    CHECK(!text_equals(first.body, second.body));
    toys_close(&toys);
}

TEST(a_body_may_be_xml)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(&toys, TOY_SERVICE("rest-xml"));
    CHECK_EQ(
        build(
            &toys,
            "{\"Bucket\":\"b\",\"Key\":\"k\",\"Owner\":\"o\",\"Token\":\"t\",\"Items\":[{\"Key\":"
            "\"<&>\",\"When\":1576540098}]}",
            NULL, &request),
        INIA_OK);
    CHECK_TEXT(
        as_string(&toys, request.body),
        "<PutToy><Token>t</Token><Items><Item><Key>&lt;&amp;&gt;</Key>"
        "<When>2019-12-16T23:48:18Z</When></Item></Items></PutToy>");
    toys_close(&toys);
}

TEST(a_form_goes_to_the_root_whatever_the_model_has_for_a_path)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(&toys, TOY_SERVICE("query"));
    CHECK_EQ(
        build(
            &toys, "{\"Bucket\":\"b\",\"Key\":\"k\",\"Owner\":\"o\",\"Items\":[]}", NULL, &request),
        INIA_OK);
    CHECK_TEXT(as_string(&toys, request.draft.path), "/");
    CHECK_TEXT(as_string(&toys, request.draft.query), "");
    CHECK_TEXT(as_string(&toys, text_from(request.body.data, 14)), "Action=PutToy&");
    toys_close(&toys);
}

#define ONE_OPERATION(service, metadata, members)                                                  \
    "{\"metadata\":{\"apiVersion\":\"1\",\"endpointPrefix\":\"toys\",\"protocol\":\"rest-json\","  \
    "\"serviceId\":\"" service "\"},\"operations\":{\"PutToy\":{\"http\":{\"method\":\"GET\","     \
    "\"requestUri\":\"/\"},\"input\":{\"shape\":\"In\"}" metadata "},\"GetToy\":{\"http\":{"       \
    "\"method\":\"GET\",\"requestUri\":\"/"                                                        \
    "\"},\"output\":{\"shape\":\"In\"}}},\"shapes\":{\"In\":{"                                     \
    "\"type\":\"structure\",\"members\":{" members                                                 \
    "}},\"S\":{\"type\":\"string\"},\"T\":{\"type\":"                                              \
    "\"timestamp\"}}}"

TEST(an_account_that_the_endpoint_rules_put_into_the_host_is_no_prefix_as_well)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(
        &toys, ONE_OPERATION(
                   "S3 Control", ",\"endpoint\":{\"hostPrefix\":\"{AccountId}.\"}",
                   "\"AccountId\":{\"shape\":\"S\",\"hostLabel\":true,\"location\":\"header\","
                   "\"locationName\":\"x-id\",\"contextParam\":{\"name\":\"AccountId\"}}"));
    CHECK_EQ(build(&toys, "{\"AccountId\":\"123\"}", NULL, &request), INIA_OK);
    CHECK_TEXT(as_string(&toys, request.host_prefix), "");
    toys_close(&toys);
    toys_open(
        &toys, ONE_OPERATION(
                   "Toys", ",\"endpoint\":{\"hostPrefix\":\"{AccountId}.\"}",
                   "\"AccountId\":{\"shape\":\"S\",\"hostLabel\":true,\"location\":\"header\","
                   "\"locationName\":\"x-id\"}"));
    CHECK_EQ(build(&toys, "{\"AccountId\":\"123\"}", NULL, &request), INIA_OK);
    CHECK_TEXT(as_string(&toys, request.host_prefix), "123.");
    toys_close(&toys);
}

TEST(a_header_that_a_service_wants_does_not_go_over_the_callers)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(
        &toys, ONE_OPERATION(
                   "API Gateway", "",
                   "\"accepts\":{\"shape\":\"S\",\"location\":\"header\",\"locationName\":"
                   "\"Accept\"}"));
    CHECK_EQ(build(&toys, "{}", NULL, &request), INIA_OK);
    CHECK_TEXT(http_draft_find(&request.draft, TEXT("accept"))->value.data, "application/json");
    CHECK_EQ(build(&toys, "{\"accepts\":\"application/yaml\"}", NULL, &request), INIA_OK);
    CHECK_TEXT(http_draft_find(&request.draft, TEXT("accept"))->value.data, "application/yaml");
    CHECK_EQ(request.draft.header_count, 1);
    toys_close(&toys);
}

TEST(all_that_is_wrong_with_parameters_is_said_at_once)
{
    static const struct {
        const char *json, *detail;
    } bad[] = {
        {"{\"Bucket\":\"b\",\"Items\":[{\"Key\":\"k\"},{\"Key\":5,\"Size\":\"x\"},{}],\"Limt\":1}",
         "Items[1].Key: a string is wanted, not a number; Items[1].Size: a number is wanted, not a "
         "string; Items[2].Key: is required; Limt: unknown parameter: did you mean 'Limit'?; Key: "
         "is required"},
        {"{\"Bucket\":\"\",\"Key\":\"k\",\"Items\":{},\"Limit\":-1}",
         "Bucket: length 0 is below the least, 1; Items: a list is wanted, not an object; Limit: "
         "-1 is below the least, 0"},
        {"{\"Bucket\":\"b\",\"Key\":\"k\",\"Items\":[{\"Key\":\"k\",\"When\":\"soon\",\"Data\":"
         "\"%\",\"Good\":1,\"Size\":1.5}]}",
         "Items[0].When: not a timestamp; Items[0].Data: not base64; Items[0].Good: true or false "
         "is "
         "wanted, not a number; Items[0].Size: a whole number is wanted, not 1.5"},
        {"{\"Bucket\":\"b\",\"Key\":\"k\",\"Items\":[],\"One\":{\"A\":\"a\",\"B\":1}}",
         "One: exactly one member of the union is wanted"},
        {"{\"Bucket\":\"b\",\"Key\":\"k\",\"Items\":[],\"Owner\":\"a.b\"}",
         "Owner: 'a.b' cannot be part of a host name: 1 to 63 letters, digits and hyphens"},
        {"{\"Bucket\":\"b\",\"Key\":\"k\",\"Items\":[],\"Owner\":\"o\",\"Meta\":{\"a\":\"x\\r\\ny:"
         "z\"}}",
         "header x-meta-a: a name or value that HTTP does not allow"},
        {"{\"Bucket\":\n }", "parameters: not JSON at line 2, column 2: a value is missing"},
        {"[]", "parameters: a JSON object is wanted"},
    };
    struct toys toys;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct protocol_request request;
        CHECK_EQ(build(&toys, bad[i].json, NULL, &request), INIA_BAD_REQUEST);
        CHECK_TEXT(toys.error.detail, bad[i].detail);
    }
    toys_close(&toys);
}

TEST(wrong_named_parameters_are_told_by_name)
{
    static const struct {
        inia_param param;
        const char *detail;
    } bad[] = {
        {{"Buckt", "b"}, "Buckt: unknown parameter of PutToy: did you mean 'Bucket'?"},
        {{"Limit", "many"}, "Limit: a number is wanted, not 'many'"},
        {{"Items", "a"},
         "Items: not JSON at line 1, column 1: not a number (a list is wanted: [...])"},
        {{"Limit", "1 2"}, "Limit: a number is wanted, not '1 2'"},
    };
    struct toys toys;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct protocol_request request;
        inia_param params[] = {bad[i].param, {0}};
        CHECK_EQ(build(&toys, NULL, params, &request), INIA_BAD_REQUEST);
        CHECK_TEXT(toys.error.detail, bad[i].detail);
    }
    toys_close(&toys);
}

TEST(wrong_named_parameters_are_told_all_at_once)
{
    struct toys toys;
    struct protocol_request request;
    inia_param params[] = {{"Buckt", "b"}, {"Bucket", "b"}, {"Limit", "many"}, {0}};
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(build(&toys, NULL, params, &request), INIA_BAD_REQUEST);
    CHECK_TEXT(
        toys.error.detail, "Buckt: unknown parameter of PutToy: did you mean 'Bucket'?; "
                           "Limit: a number is wanted, not 'many'");
    toys_close(&toys);
}

TEST(a_long_list_of_problems_ends_in_dots)
{
    struct toys toys;
    struct protocol_request request;
    struct buffer json;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    buffer_init(&json, &toys.arena);
    buffer_add(&json, TEXT("{\"Items\":[{}"));
    for (int i = 0; i < 100; i++)
        buffer_add(&json, TEXT(",{}"));
    buffer_add(&json, TEXT("]}"));
    CHECK_EQ(build(&toys, buffer_string(&json), NULL, &request), INIA_BAD_REQUEST);
    CHECK(text_ends_with(text_of(toys.error.detail), TEXT(" ...")));
    toys_close(&toys);
}

/* ---- Responses ----------------------------------------------------------------------------- */

static inia_status parse(
    struct toys *toys, const struct protocol_plan *plan, int status, const char *body,
    struct protocol_output *output)
{
    static struct http_header headers[] = {
        {TEXT_INIT("etag"), TEXT_INIT("\"e\"")},
        {TEXT_INIT("X-Meta-Color"), TEXT_INIT("red")},
        {TEXT_INIT("Content-Length"), TEXT_INIT("5")},
        {TEXT_INIT("x-amz-request-id"), TEXT_INIT("id1")},
        {TEXT_INIT("x-amz-id-2"), TEXT_INIT("host")},
        {TEXT_INIT("date"), TEXT_INIT("now")},
    };
    struct http_response response = {
        .status = status,
        .reason = TEXT("Conflict"),
        .headers = headers,
        .header_count = COUNT_OF(headers)};
    return protocol_parse(
        plan, &toys->readers, &response, text_of(body), &toys->arena, output, &toys->error);
}

TEST(output_is_what_the_aws_cli_prints)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(
        parse(
            &toys, toys.put, 200,
            "{\"Items\":[{\"Key\":\"k\",\"When\":1576540098.5,\"Size\":12345678901234567890,"
            "\"Data\":\"AQI=\",\"Unknown\":1}],\"Map\":{\"a\":\"b\",\"c\":null},\"One\":{\"Z\":1},"
            "\"Any\":{\"x\":[1,null]}}",
            &output),
        INIA_OK);
    CHECK_TEXT(
        output.json.data,
        "{\"Tag\":\"\\\"e\\\"\",\"Meta\":{\"Color\":\"red\"},\"Code\":200,\"Items\":[{\"Key\":"
        "\"k\","
        "\"Size\":12345678901234567890,\"When\":\"2019-12-16T23:48:18.500000+00:00\",\"Data\":"
        "\"AQI=\"}],\"One\":{\"SDK_UNKNOWN_MEMBER\":{\"name\":\"Z\"}},\"Map\":{\"a\":\"b\"},"
        "\"Any\":{\"x\":[1,null]}}");
    CHECK(!output.is_error);
    CHECK_TEXT(output.request_id.data, "id1");
    CHECK_TEXT(output.host_id.data, "host");
    toys_close(&toys);
}

/* C is a tie as it is written, but not as a double. */
TEST(a_real_number_of_seconds_is_the_nearest_microsecond)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(
        &toys,
        ONE_OPERATION(
            "Toys", "", "\"A\":{\"shape\":\"T\"},\"B\":{\"shape\":\"T\"},\"C\":{\"shape\":\"T\"}"));
    CHECK_EQ(
        parse(
            &toys, toys.get, 200,
            "{\"A\":1.9999989999999999,\"B\":1.9999999999,\"C\":1795259915.4577985}", &output),
        INIA_OK);
    CHECK_TEXT(
        output.json.data, "{\"A\":\"1970-01-01T00:00:01.999999+00:00\","
                          "\"B\":\"1970-01-01T00:00:02+00:00\","
                          "\"C\":\"2026-11-21T11:18:35.457798+00:00\"}");
    toys_close(&toys);
}

TEST(json_as_text_in_a_body_stays_text)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(&toys, ONE_OPERATION("Toys", "", "\"A\":{\"shape\":\"S\",\"jsonvalue\":true}"));
    CHECK_EQ(parse(&toys, toys.get, 200, "{\"A\":\"{\\\"x\\\":1\"}", &output), INIA_OK);
    CHECK_TEXT(output.json.data, "{\"A\":\"{\\\"x\\\":1\"}");
    toys_close(&toys);
}

TEST(a_streaming_output_is_read_from_its_head_alone)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(&toys, TOY_SERVICE("rest-xml"));
    CHECK(toys.get->streaming_output && !toys.get->streaming_input);
    CHECK_EQ(parse(&toys, toys.get, 206, "", &output), INIA_OK);
    CHECK_TEXT(output.json.data, "{\"Size\":5}");
    toys_close(&toys);
}

TEST(errors_are_told_with_their_members)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    CHECK_EQ(
        parse(
            &toys, toys.put, 409,
            "{\"__type\":\"com.toys#Broken:http://x\",\"message\":\"no\",\"Why\":\"y\"}", &output),
        INIA_OK);
    CHECK(output.is_error && output.error_shape);
    CHECK_TEXT(output.error_code.data, "Broken");
    CHECK_TEXT(output.message.data, "no");
    CHECK_TEXT(output.json.data, "{\"Why\":\"y\"}");
    CHECK_EQ(parse(&toys, toys.put, 409, "{\"error_description\":\"old\"}", &output), INIA_OK);
    CHECK_TEXT(output.message.data, "old");
    CHECK_EQ(parse(&toys, toys.put, 409, "<html>", &output), INIA_OK);
    CHECK_TEXT(output.error_code.data, "409");
    CHECK_TEXT(output.message.data, "Conflict");
    CHECK_EQ(parse(&toys, toys.put, 409, "{\"code\":\"Broken\",\"Why\":[1]}", &output), INIA_OK);
    CHECK_TEXT(output.json.data, "{}");
    toys_close(&toys);
}

TEST(an_error_may_come_late_with_status_200)
{
    struct toys toys;
    struct protocol_output output;
    toys_open(&toys, TOY_SERVICE("rest-xml"));
    CHECK_EQ(
        parse(
            &toys, toys.put, 200,
            "<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>m</Message>"
            "<RequestId>id2</RequestId></Error>",
            &output),
        INIA_OK);
    CHECK(output.is_error);
    CHECK_TEXT(output.error_code.data, "InternalError");
    CHECK_TEXT(output.request_id.data, "id2");
    toys_close(&toys);
}

TEST(a_response_that_does_not_fit_is_refused_with_the_reason)
{
    static const struct {
        const char *protocol, *body, *detail;
    } bad[] = {
        {"json", "{\"Items\":{}}", "the response to PutToy: Items: not a list"},
        {"json", "[1]", "the response to PutToy: Tag: the body is not an object"},
        {"json", "{\"Items\":[{\"When\":\"x\"}]}",
         "the response to PutToy: Items: not a timestamp"},
        {"json", "{", "the response to PutToy: the text ends too early"},
        {"xml", "<a><Items><Item><Size>x</Size></Item></Items></a>",
         "the response to PutToy: Size: not a number"},
        {"xml", "<a>", "the response to PutToy: no element found"},
        {"xml", "<!DOCTYPE a><a/>", "the response to PutToy: a document type declaration"},
    };
    struct toys json, xml;
    struct protocol_output output;
    toys_open(&json, TOY_SERVICE("json"));
    toys_open(&xml, TOY_SERVICE("rest-xml"));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct toys *toys = strcmp(bad[i].protocol, "json") == 0 ? &json : &xml;
        CHECK_EQ(parse(toys, toys->put, 200, bad[i].body, &output), INIA_BAD_RESPONSE);
        CHECK_TEXT(toys->error.detail, bad[i].detail);
    }
    toys_close(&json);
    toys_close(&xml);
}

/* The plan of an operation of a real service. */
static const struct protocol_plan *real_plan(
    struct toys *toys, const char *service, const char *operation)
{
    model_free(toys->model);
    toys->model = model_load(NULL, text_of(service), (text){NULL, 0}, &toys->error);
    if (!toys->model)
        FAIL("%s", toys->error.detail);
    const struct protocol_plan *plan = protocol_plan_new(
        model_find_operation(toys->model, text_of(operation)), MODEL_PROTOCOL_NONE, &toys->arena,
        &toys->error);
    CHECK(plan != NULL);
    return plan;
}

TEST(the_account_of_s3control_is_left_to_its_endpoint_rules)
{
    struct toys toys;
    struct protocol_request request;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    const struct protocol_plan *plan = real_plan(&toys, "s3control", "DescribeJob");
    struct json_value *params;
    text json = TEXT("{\"AccountId\":\"123456789012\",\"JobId\":\"job-1\"}");
    CHECK_EQ(
        protocol_read_params(
            plan, toys.readers.json, json, NULL, &toys.arena, &params, &toys.error),
        INIA_OK);
    struct protocol_input input = {.params = params, .random = &toys.random};
    CHECK_EQ(protocol_build(plan, &input, &toys.arena, &request, &toys.error), INIA_OK);
    CHECK_EQ(request.host_prefix.size, 0);
    CHECK_TEXT(
        http_draft_find(&request.draft, TEXT("x-amz-account-id"))->value.data, "123456789012");
    toys_close(&toys);
}

TEST(a_stream_of_events_is_not_looked_for_in_a_body_of_json)
{
    struct toys toys;
    struct protocol_output output;
    struct http_response response = {.status = 200};
    toys_open(&toys, TOY_SERVICE("rest-json"));
    const struct protocol_plan *plan = real_plan(&toys, "kinesis", "SubscribeToShard");
    CHECK(plan->event_stream_output);
    CHECK_EQ(
        protocol_parse(plan, &toys.readers, &response, TEXT(""), &toys.arena, &output, &toys.error),
        INIA_OK);
    CHECK_TEXT(output.json.data, "{}");
    toys_close(&toys);
}

TEST(a_protocol_that_a_service_lacks_is_refused)
{
    struct toys toys;
    toys_open(&toys, TOY_SERVICE("json"));
    CHECK(!protocol_plan_new(toys.put->operation, MODEL_QUERY, &toys.arena, &toys.error));
    CHECK_EQ(toys.error.status, INIA_UNSUPPORTED);
    CHECK(protocol_plan_new(toys.put->operation, MODEL_JSON, &toys.arena, &toys.error));
    toys_close(&toys);
}

TEST(a_steady_state_allocates_nothing)
{
    struct toys toys;
    struct arena call;
    uint64_t before = 0;
    toys_open(&toys, TOY_SERVICE("rest-json"));
    arena_init(&call, &toys.blocks);
    for (int i = 0; i < 20; i++) {
        struct protocol_request request;
        struct protocol_output output;
        struct json_value *object;
        if (i == 10)
            before = toys.budget.allocations;
        CHECK_EQ(
            protocol_read_params(
                toys.put, toys.readers.json,
                TEXT(
                    "{\"Bucket\":\"b\",\"Key\":\"k\",\"Owner\":\"o\",\"Items\":[{\"Key\":\"i\"}]}"),
                NULL, &call, &object, &toys.error),
            INIA_OK);
        struct protocol_input input = {.params = object, .random = &toys.random};
        struct http_response response = {.status = 200};
        CHECK_EQ(protocol_build(toys.put, &input, &call, &request, &toys.error), INIA_OK);
        CHECK_EQ(
            protocol_parse(
                toys.put, &toys.readers, &response, TEXT("{\"Items\":[{\"Key\":\"i\"}]}"), &call,
                &output, &toys.error),
            INIA_OK);
        arena_clear(&call);
    }
    CHECK_EQ(toys.budget.allocations, before);
    arena_release(&call);
    toys_close(&toys);
}
