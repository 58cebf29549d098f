/* What inia_submit() is given and what a finished call shows: goals, outputs, wrong arguments. */
#include "rig.h"

#define RESERVED(type) (sizeof((type){0}.reserved) / sizeof(uint64_t))

TEST(reserved_fields_that_are_not_zero_are_refused)
{
    inia_error error;
    for (size_t i = 0; i < RESERVED(inia_engine_config); i++) {
        inia_engine_config config = {0};
        config.reserved[i] = 1;
        CHECK(inia_engine_new(&config, &error) == NULL);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
        CHECK(strstr(error.detail, "reserved") != NULL);
        CHECK(inia_engine_new(&config, NULL) == NULL);
    }
    struct rig rig;
    rig_begin(&rig);
    for (size_t i = 0; i < RESERVED(inia_client_config); i++) {
        inia_client_config config = {.service = "s3"};
        config.reserved[i] = 1ull << 63;
        CHECK(inia_client_new(rig.engine, &config, &error) == NULL);
        CHECK_EQ(error.status, INIA_BAD_CONFIG);
    }
    for (size_t i = 0; i < RESERVED(inia_request); i++) {
        inia_request request = {0};
        request.reserved[i] = 1;
        inia_call *call = rig_submit(&rig, "GetObject", "size-1", &request);
        CHECK(call == rig_next(&rig));
        CHECK_EQ(call->status, INIA_BAD_REQUEST);
        CHECK(strstr(call->message, "reserved") != NULL);
        inia_release(call);
    }
    rig_end(&rig);
}

TEST(a_chain_of_constructors_needs_one_check)
{
    inia_error error = {INIA_TOO_LARGE, "as it was"};
    inia_client_config config = {.service = "s3"};
    inia_client *client = inia_client_new(NULL, &config, &error);
    const inia_operation *operation = inia_find_operation(client, "GetObject", &error);
    CHECK(client == NULL && operation == NULL);
    CHECK_EQ(error.status, INIA_TOO_LARGE);
    CHECK_TEXT(error.detail, "as it was");
    CHECK(!inia_streams_output(operation));
    inia_client_free(NULL);
    inia_engine_free(NULL);
    inia_release(NULL);
}

static void expect_refusal(struct rig *rig, inia_client_config config, const char *detail)
{
    inia_error error = {INIA_OK, ""};
    config.service = "s3";
    config.endpoint_url = "http://127.0.0.1:9";
    CHECK(inia_client_new(rig->engine, &config, &error) == NULL);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK_TEXT(error.detail, detail);
}

TEST(wrong_settings_of_tls_are_named)
{
    struct rig rig;
    rig_begin(&rig);
    expect_refusal(
        &rig, (inia_client_config){.min_tls = 11},
        "inia_client_config: min_tls is neither 12 (TLS 1.2) nor 13 (TLS 1.3)");
    expect_refusal(
        &rig, (inia_client_config){.client_key = "/nonexistent"},
        "inia_client_config: there is a client_key, but no client_certificate");
    expect_refusal(
        &rig, (inia_client_config){.client_certificate = "/nonexistent"},
        "/nonexistent: No such file or directory");
    rig_end(&rig);
}

TEST(constructors_say_in_one_line_what_is_wrong)
{
    struct rig rig;
    rig_begin(&rig);
    inia_error error = {INIA_OK, ""};
    CHECK(inia_client_new(rig.engine, &(inia_client_config){0}, &error) == NULL);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(strstr(error.detail, "service") != NULL);
    CHECK(inia_client_new(rig.engine, &(inia_client_config){.service = "s33"}, &error) == NULL);
    CHECK(strstr(error.detail, "s33") != NULL && !strchr(error.detail, '\n'));
    CHECK(
        inia_client_new(
            rig.engine, &(inia_client_config){.service = "s3", .endpoint_url = "ftp://x"},
            &error) == NULL);
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(inia_find_operation(rig.s3, "GetObjekt", &error) == NULL);
    CHECK(strstr(error.detail, "GetObject") != NULL);
    CHECK(inia_find_operation(rig.s3, "GetObjekt", NULL) == NULL);
    rig_end(&rig);
}

TEST(wrong_requests_finish_with_BAD_REQUEST_and_why)
{
    struct rig rig;
    rig_begin(&rig);
    inia_client *other = rig_client(&rig, (inia_client_config){0});
    inia_error error;
    const inia_operation *get = inia_find_operation(rig.s3, "GetObject", &error);
    inia_param no_key[] = {{"Bucket", "b"}, {0}};
    inia_param params[] = {{"Bucket", "b"}, {"Key", "k"}, {0}};
    struct {
        inia_request request;
        const char *says;
    } wrong[] = {
        {{0}, "operation"},
        {{.operation = inia_find_operation(other, "GetObject", &error)}, "another client"},
        {{.operation = get, .params = no_key}, "Key"},
        {{.operation = get, .json = "{\"Bucket\": \"b\",\n \"Key\": }"}, "line 2"},
        {{.operation = get, .params = params, .json = "{\"Keys\":\"k\"}"}, "Keys"},
        {{.operation = get, .params = params, .body = inia_from_memory("x", 1)}, "body"},
        {{.operation = get, .params = params, .body = {.place = INIA_STREAM}}, "read"},
        {{.operation = get, .params = params, .body = {.place = 77}}, "body"},
        {{.operation = get, .params = params, .body = inia_from_file(-1, 0, 1)}, "descriptor"},
        {{.operation = get, .params = params, .into = {.place = 77}}, "sink"},
        {{.operation = get, .params = params, .into = inia_to_stream(NULL, NULL)}, "write"},
        {{.operation = get, .params = params, .into = inia_to_memory(NULL, 5)}, "memory"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        inia_call *call = inia_submit(rig.s3, &wrong[i].request);
        CHECK(call == rig_next(&rig));
        CHECK_EQ(call->status, INIA_BAD_REQUEST);
        if (!strstr(call->message, wrong[i].says))
            FAIL("%zu: '%s' does not speak of '%s'", i, call->message, wrong[i].says);
        CHECK_TEXT(call->output, "{}");
        CHECK_EQ(call->attempt_count, 0);
        CHECK_EQ(call->http_status, 0);
        inia_release(call);
    }
    CHECK_EQ(atomic_load(&rig.server->requests), 0);
    rig_end(&rig);
}

TEST(every_status_has_its_name_and_others_do_not_crash)
{
    CHECK_TEXT(inia_status_name(INIA_OK), "INIA_OK");
    CHECK_TEXT(inia_status_name(INIA_TIMED_OUT), "INIA_TIMED_OUT");
    CHECK_TEXT(inia_status_name(INIA_UNSUPPORTED), "INIA_UNSUPPORTED");
    CHECK(inia_status_name((inia_status)99) != NULL);
}

/* ---- Outputs ------------------------------------------------------------------------------ */

static inia_call *list(struct rig *rig)
{
    inia_param params[] = {{"Bucket", "b"}, {0}};
    inia_request request = {.operation = rig_operation(rig, "ListObjectsV2"), .params = params};
    CHECK(inia_submit(rig->s3, &request) != NULL);
    inia_call *call = rig_next(rig);
    CHECK_EQ(call->status, INIA_OK);
    return call;
}

TEST(members_of_the_output_are_found_by_their_paths)
{
    struct rig rig;
    rig_begin(&rig);
    inia_call *call = list(&rig);
    CHECK_TEXT(inia_get(call, "Name"), "b");
    CHECK_TEXT(inia_get(call, "IsTruncated"), "true");
    CHECK_TEXT(inia_get(call, "KeyCount"), "2");
    CHECK_TEXT(inia_get(call, "Contents[0].Key"), "one");
    CHECK_TEXT(inia_get(call, "Contents[0].Size"), "5000000000");
    CHECK_TEXT(inia_get(call, "Contents[0].Owner.ID"), "me");
    CHECK_TEXT(inia_get(call, "Contents[1].Key"), "t\"wo");
    CHECK_TEXT(inia_get(call, "Contents[0].Owner"), "{\"ID\":\"me\"}");
    CHECK(strstr(inia_get(call, "Contents[1]"), "\"Key\":\"t\\\"wo\"") != NULL);
    CHECK_EQ(inia_get(call, "Contents")[0], '[');
    CHECK_TEXT(inia_get(call, ""), call->output);
    inia_release(call);
    rig_end(&rig);
}

TEST(paths_that_lead_nowhere_give_NULL)
{
    static const char *const nowhere[] = {
        "Nothing",
        "Contents[2]",
        "Contents[2].Key",
        "Contents[-1]",
        "Contents[",
        "Contents[]",
        "Contents[0",
        "Contents[x].Key",
        "Name.Key",
        "Name[0]",
        ".Name",
        "Contents[0].Owner.",
        "Contents.Key",
        "[0]",
        "name",
        "Contents[0]..",
        "Contents[0][0]",
        "KeyCount.x",
        "]",
        "[",
        ".",
        "..",
        "Contents[99999999999999999999999].Key",
    };
    struct rig rig;
    rig_begin(&rig);
    inia_call *call = list(&rig);
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        const char *found = inia_get(call, nowhere[i]);
        if (found && strcmp(nowhere[i], "Contents[0].Owner.") != 0)
            FAIL("'%s' led to %s", nowhere[i], found);
    }
    inia_release(call);
    rig_end(&rig);
}

TEST(errors_show_code_message_request_id_and_attempts)
{
    struct rig rig;
    rig_begin_with(&rig, NULL, (inia_client_config){.max_attempts = 2});
    rig_get(&rig, "status-503");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_SERVICE_ERROR);
    CHECK_EQ(call->http_status, 503);
    CHECK_TEXT(call->error_code, "SlowDown");
    CHECK_TEXT(call->message, "later");
    CHECK_TEXT(call->request_id, "R1");
    CHECK_EQ(call->attempt_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const inia_attempt *attempt = &call->attempts[i];
        CHECK_EQ(attempt->status, INIA_SERVICE_ERROR);
        CHECK_EQ(attempt->http_status, 503);
        CHECK_TEXT(attempt->error_code, "SlowDown");
        CHECK(attempt->started_ns <= attempt->connected_ns);
        CHECK(attempt->connected_ns <= attempt->first_byte_ns);
        CHECK(attempt->first_byte_ns <= attempt->ended_ns);
    }
    CHECK(call->attempts[0].new_connection && !call->attempts[1].new_connection);
    CHECK(call->attempts[0].ended_ns <= call->attempts[1].started_ns);
    CHECK(inia_get_header(call, "content-LENGTH") != NULL);
    CHECK(inia_get_header(call, "content") == NULL);
    inia_release(call);
    rig_end(&rig);
}

TEST(an_attempt_after_a_failed_one_shows_only_its_own_result)
{
    struct rig rig;
    rig_begin(&rig);
    rig_get(&rig, "flaky-1");
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    CHECK_EQ(call->attempt_count, 2);
    CHECK_TEXT(call->error_code, "");
    CHECK_TEXT(call->message, "");
    CHECK_BYTES(call->body, call->body_size, server_pattern, 100);
    CHECK_TEXT(call->attempts[0].error_code, "SlowDown");
    CHECK_TEXT(call->attempts[1].error_code, "");
    inia_release(call);
    rig_end(&rig);
}

/* ---- Goals ---------------------------------------------------------------------------------- */

static const char *header_of(const inia_signed_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return NULL;
}

TEST(a_signed_request_holds_all_that_somebody_else_needs_to_send_it)
{
    struct rig rig;
    rig_begin(&rig);
    inia_request sign = {.goal = INIA_SIGN, .body = inia_from_memory("hello", 5)};
    CHECK(rig_submit(&rig, "PutObject", "a key", &sign) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    const inia_signed_request *signed_request = call->signed_request;
    CHECK_TEXT(signed_request->method, "PUT");
    char url[128];
    snprintf(url, sizeof url, "%s/b/a%%20key", rig.url);
    CHECK(strncmp(signed_request->url, url, strlen(url)) == 0);
    CHECK_BYTES(signed_request->body, signed_request->body_size, "hello", 5);
    const char *authorization = header_of(signed_request, "authorization");
    CHECK(authorization != NULL);
    CHECK(strstr(authorization, "AWS4-HMAC-SHA256 Credential=AKID/") == authorization);
    CHECK(header_of(signed_request, "x-amz-date") != NULL);
    CHECK_TEXT(header_of(signed_request, "host"), rig.url + strlen("http://"));
    CHECK_EQ(call->attempt_count, 0);
    CHECK_EQ(atomic_load(&rig.server->connections), 0);
    inia_release(call);
    rig_end(&rig);
}

TEST(the_length_is_told_once_though_it_is_a_parameter_as_well)
{
    struct rig rig;
    rig_begin(&rig);
    inia_request sign = {
        .goal = INIA_SIGN,
        .json = "{\"ContentLength\":5}",
        .body = inia_from_memory("hello", 5),
    };
    CHECK(rig_submit(&rig, "PutObject", "k", &sign) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    size_t lengths = 0;
    for (size_t i = 0; i < call->signed_request->header_count; i++)
        lengths += strcasecmp(call->signed_request->headers[i].name, "content-length") == 0;
    CHECK_EQ(lengths, 1);
    CHECK_TEXT(header_of(call->signed_request, "content-length"), "5");
    inia_release(call);
    rig_end(&rig);
}

TEST(a_presigned_url_carries_its_signature_and_its_end)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK(rig_submit(&rig, "GetObject", "k", &(inia_request){.goal = INIA_PRESIGN}) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_OK);
    CHECK_TEXT(call->signed_request->method, "GET");
    CHECK(strstr(call->signed_request->url, "X-Amz-Expires=900") != NULL);
    CHECK(strstr(call->signed_request->url, "X-Amz-Signature=") != NULL);
    CHECK(strstr(call->signed_request->url, "X-Amz-Credential=AKID%2F") != NULL);
    CHECK(call->signed_request->body == NULL);
    inia_release(call);
    inia_request minute = {.goal = INIA_PRESIGN, .expires_s = 60};
    CHECK(rig_submit(&rig, "GetObject", "k", &minute) != NULL);
    call = rig_next(&rig);
    CHECK(strstr(call->signed_request->url, "X-Amz-Expires=60&") != NULL);
    inia_release(call);
    rig_end(&rig);
}

TEST(a_goal_that_there_is_not_is_refused)
{
    struct rig rig;
    rig_begin(&rig);
    CHECK(rig_submit(&rig, "GetObject", "k", &(inia_request){.goal = 9}) != NULL);
    inia_call *call = rig_next(&rig);
    CHECK_EQ(call->status, INIA_BAD_REQUEST);
    CHECK(strstr(call->message, "goal") != NULL);
    inia_release(call);
    rig_end(&rig);
}
