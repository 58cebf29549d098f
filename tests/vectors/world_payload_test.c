/* What others' vectors say of the bodies and headers of whole calls, in a simulated world. */
#include "journeys/journey_fixture.h"

#include "calls/calls.h"
#include "calls/user_agent.h"

#include "vectors.h"

#include <unistd.h>

static struct tally sums = {.group = "checksums-in-calls"};
static struct tally s3 = {.group = "s3-in-calls"};
static struct tally profile = {.group = "profile-config-in-calls"};

/* ---- One call, and what its server saw and said ---------------------------------------------- */

struct scene {
    struct bench bench;
    /* What the server says. */
    const char *reply_headers;
    text reply;
    /* What it saw. */
    unsigned seen;
    char headers[4096];
    text body; /* as it came */
    /* What the user gets. */
    inia_status status;
    char message[512];
    text output;
};

static void serve(
    const struct world_http_request *request, struct world_http_answer *answer, void *arg)
{
    struct scene *scene = ((struct journey *)arg)->own;
    if (scene->seen++)
        return;
    snprintf(scene->headers, sizeof scene->headers, "%s", request->headers);
    scene->body = arena_copy(&scene->bench.arena, text_from(request->body, request->body_size));
    answer->headers = scene->reply_headers;
    answer->body = scene->reply.data;
    answer->body_size = scene->reply.size;
}

static void keep_result(struct journey *j, inia_call *call)
{
    struct scene *scene = j->own;
    scene->status = call->status;
    snprintf(scene->message, sizeof scene->message, "%s", call->message);
    scene->output = arena_copy(&scene->bench.arena, text_from(call->output, call->output_size));
}

/* A header that was seen; absent: none. */
static text seen_header(const struct scene *scene, text name)
{
    for (text rest = text_of(scene->headers); rest.size;) {
        text value, line = text_split(rest, '\n', &rest);
        if (text_equals_ignoring_case(text_split(line, ':', &value), name))
            return text_trim(value);
    }
    return (text){NULL, 0};
}

static void play(
    struct scene *scene, inia_client_config config, const char *operation, inia_request request)
{
    struct journey j;
    scene->seen = 0;
    scene->headers[0] = '\0';
    config.max_attempts = 1;
    journey_begin_with(&j, 1, &config, NULL, serve);
    j.own = scene;
    j.look = keep_result;
    CHECK(journey_submit(&j, operation, NULL, &request) != NULL);
    journey_run(&j);
    journey_end(&j);
}

static const char *json_of(struct scene *scene, const struct json_value *value)
{
    struct buffer out;
    buffer_init(&out, &scene->bench.arena);
    json_write(&out, value);
    return buffer_string(&out);
}

static const inia_client_config sums_up = {
    .service = "s3",
    .request_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED,
    .response_checksums = INIA_CHECKSUMS_WHEN_SUPPORTED,
    .payload = INIA_PAYLOAD_UNSIGNED,
};

/* ---- checksums/http-checksum-cases.json ------------------------------------------------------ */

/* The vectors' toy calls S3's header otherwise. */
static text name_in_s3(text name)
{
    bool is_algorithm = text_equals(name, TEXT("x-amz-request-algorithm"));
    return is_algorithm ? TEXT("x-amz-sdk-checksum-algorithm") : name;
}

static bool has_headers(const struct scene *scene, const struct json_value *wanted)
{
    for (size_t i = 0; wanted && i < wanted->count; i++) {
        if (!text_equals(
                seen_header(scene, name_in_s3(wanted->names[i])), json_text(&wanted->items[i])))
            return false;
    }
    return true;
}

static bool has_trailers(const struct scene *scene, const struct json_value *wanted, text payload)
{
    struct sigv4_chunks chunks;
    const char *problem = NULL;
    text input = scene->body;
    if (!sigv4_chunks_init(&chunks, seen_header(scene, TEXT("x-amz-content-sha256")), NULL))
        return false;
    text run = sigv4_chunks_next(&chunks, &input, &problem);
    bool good = text_equals(run, payload);
    while (run.data)
        run = sigv4_chunks_next(&chunks, &input, &problem);
    for (size_t i = 0; i < wanted->count; i++)
        good &= text_equals(
            sigv4_chunks_trailer(&chunks, wanted->names[i]), json_text(&wanted->items[i]));
    return good && chunks.done && !problem;
}

static ssize_t read_text(void *arg, void *buffer, size_t capacity)
{
    text *left = arg;
    size_t size = left->size < capacity ? left->size : capacity;
    memcpy(buffer, left->data, size);
    *left = text_after(*left, size);
    return (ssize_t)size;
}

static void run_request(struct scene *scene, const struct json_value *one, bool streams)
{
    text payload = json_member_text(one, "payload"), left = payload;
    text algorithm = json_member_text(one, "algorithm");
    char params[200];
    snprintf(
        params, sizeof params, "{\"Bucket\":\"b\",\"Key\":\"k\"%s%.*s%s}",
        algorithm.size ? ",\"ChecksumAlgorithm\":\"" : "", TEXT_ARGS(algorithm),
        algorithm.size ? "\"" : "");
    inia_source body = streams ? inia_from_stream(read_text, NULL, &left, payload.size)
                               : inia_from_memory(payload.data, payload.size);
    play(scene, sums_up, "PutObject", (inia_request){.json = params, .body = body});
    const struct json_value *trailers = json_member(one, TEXT("expected_trailers"));
    bool good = scene->status == INIA_OK &&
                has_headers(scene, json_member(one, TEXT("expected_headers"))) &&
                (!trailers || has_trailers(scene, trailers, payload));
    tally_case(&sums, good, streams ? "a streamed request" : "a request", algorithm);
}

static void run_response(struct scene *scene, const struct json_value *one)
{
    const struct json_value *headers = json_member(one, TEXT("response_headers"));
    text wrong = json_member_text(one, "expected_checksum");
    struct buffer lines;
    buffer_init(&lines, &scene->bench.arena);
    for (size_t i = 0; i < headers->count; i++)
        buffer_add_format(
            &lines, "%.*s: %.*s\r\n", TEXT_ARGS(headers->names[i]),
            TEXT_ARGS(json_text(&headers->items[i])));
    scene->reply_headers = buffer_string(&lines);
    scene->reply = json_member_text(one, "payload");
    play(scene, sums_up, "GetObject", (inia_request){.json = "{\"Bucket\":\"b\",\"Key\":\"k\"}"});
    bool good = scene->status == INIA_OK;
    if (wrong.size)
        good = scene->status == INIA_BAD_RESPONSE &&
               text_find_text(text_of(scene->message), wrong) != SIZE_MAX;
    tally_case(&sums, good, "a response", json_member_text(one, "algorithm"));
    scene->reply_headers = NULL;
    scene->reply = (text){NULL, 0};
}

TEST(checksums_are_sent_and_checked_as_botocore_does)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *root =
        vector_json(&scene.bench, vector_path("checksums/http-checksum-cases.json"));
    for (size_t i = 0; i < root->count; i++) {
        const struct json_value *cases = &root->items[i];
        bool streams = text_starts_with(root->names[i], TEXT("streaming_"));
        for (size_t n = 0; cases->kind == JSON_LIST && n < cases->count; n++) {
            const struct json_value *one = json_item(cases, n);
            if (json_member(one, TEXT("response_headers")))
                run_response(&scene, one);
            else
                run_request(&scene, one, streams);
        }
    }
    bench_release(&scene.bench);
}

/* ---- protocols: Glacier's checksums, Machine Learning's endpoint ----------------------------- */

/* The case of this id in a file of protocols/; NULL: this tree does not have it. */
static const struct json_value *find_case(struct scene *scene, const char *file, const char *id)
{
    const struct json_value *suites = vector_json(&scene->bench, vector_path("%s", file));
    for (size_t i = 0; i < suites->count; i++) {
        const struct json_value *cases = json_member(json_item(suites, i), TEXT("cases"));
        for (size_t n = 0; cases && n < cases->count; n++) {
            const struct json_value *one = json_item(cases, n);
            if (text_equals(json_member_text(one, "id"), text_of(id)))
                return one;
        }
    }
    return NULL;
}

/* The streaming member is not among the parameters here. */
static const char *without(struct scene *scene, const struct json_value *object, text name)
{
    struct json_value rest = *object;
    rest.items = arena_alloc(&scene->bench.arena, object->count * sizeof *rest.items);
    for (size_t i = 0; i < object->count; i++) {
        rest.items[i] = object->items[i];
        if (text_equals(object->names[i], name))
            rest.items[i] = (struct json_value){.kind = JSON_NULL};
    }
    return json_of(scene, &rest);
}

TEST(glaciers_bodies_have_their_tree_hash)
{
    static const char *const cases[][2] = {
        {"GlacierChecksums", "UploadArchive"},
        {"GlacierMultipartChecksums", "UploadMultipartPart"},
    };
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct json_value *one =
            find_case(&scene, "protocols/smithy-extra/input/rest-json.json", cases[i][0]);
        if (!one)
            continue;
        const struct json_value *params = json_member(one, TEXT("params"));
        text body = json_member_text(params, "body");
        play(
            &scene, (inia_client_config){.service = "glacier"}, cases[i][1],
            (inia_request){
                .json = without(&scene, params, TEXT("body")),
                .body = inia_from_memory(body.data, body.size)});
        const struct json_value *wanted = json_member(one, TEXT("serialized"));
        bool good =
            scene.status == INIA_OK && has_headers(&scene, json_member(wanted, TEXT("headers")));
        tally_case(&sums, good, "tree hash", text_of(cases[i][0]));
    }
    bench_release(&scene.bench);
}

TEST(a_prediction_goes_to_the_endpoint_that_a_parameter_names)
{
    struct scene scene = {.seen = 0};
    inia_error error = {INIA_OK, ""};
    bench_init(&scene.bench);
    const struct json_value *one = find_case(
        &scene, "protocols/smithy-extra/input/json.json", "MachinelearningPredictEndpoint");
    if (!one) {
        bench_release(&scene.bench);
        SKIP("this tree of vectors does not have the case");
    }
    struct journey j; /* for an engine: its client has an endpoint of its own, the next has none */
    journey_begin(&j, 1, "s3", serve);
    inia_client_config config = {
        .service = "machinelearning",
        .region = "us-east-1",
        .no_verification = true,
        .credentials = &(inia_credentials){"AKID", "secret", NULL, 0}};
    inia_client *client = inia_client_new(j.engine, &config, &error);
    CHECK(client != NULL);
    inia_call *call = inia_submit(
        client, &(inia_request){
                    .operation = inia_find_operation(client, "Predict", &error),
                    .json = json_of(&scene, json_member(one, TEXT("params"))),
                    .goal = INIA_SIGN});
    inia_call *done;
    while (inia_wait(j.engine, &done, 1, -1) == 0)
        ;
    text host = json_member_text(json_member(one, TEXT("serialized")), "host");
    bool good = done == call && call->signed_request && host.size &&
                text_find_text(text_of(call->signed_request->url), host) == sizeof "https://" - 1;
    tally_case(&sums, good, "endpoint", TEXT("MachinelearningPredictEndpoint"));
    inia_release(call);
    inia_client_free(client);
    journey_end(&j);
    bench_release(&scene.bench);
}

/* ---- s3/botocore-tables.json ----------------------------------------------------------------- */

static const struct json_value *table(struct scene *scene, const char *name)
{
    return json_member(
        vector_json(&scene->bench, vector_path("s3/botocore-tables.json")), text_of(name));
}

/* "put_bucket_acl" is PutBucketAcl. */
static const char *operation_of(struct scene *scene, text snake)
{
    struct buffer out;
    buffer_init(&out, &scene->bench.arena);
    while (snake.data) {
        text part = text_split(snake, '_', &snake);
        buffer_add_char(&out, (char)(part.data[0] - 'a' + 'A'));
        buffer_add(&out, text_after(part, 1));
    }
    return buffer_string(&out);
}

TEST(operations_that_must_carry_a_checksum_do)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases =
        table(&scene, "test_checksums_included_in_expected_operations");
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text name = json_member_text(one, "operation");
        const struct json_value *params = json_member(one, TEXT("operation_kwargs"));
        play(
            &scene, sums_up, operation_of(&scene, name),
            (inia_request){.json = json_of(&scene, params)});
        bool good = scene.seen == 1 && strstr(scene.headers, "\r\nx-amz-checksum-crc32: ");
        tally_case(&s3, good, "a checksum", name);
    }
    bench_release(&scene.bench);
}

TEST(the_encoding_of_a_transfer_stands_behind_that_of_the_object)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases = table(&scene, "test_checksum_content_encoding");
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text encoding = json_member_text(one, "content_encoding"), left = TEXT("hello");
        text wanted = json_member_text(json_member(one, TEXT("expected_header")), "bytes");
        char params[200];
        snprintf(
            params, sizeof params, "{\"Bucket\":\"b\",\"Key\":\"k\"%s%.*s%s}",
            encoding.size ? ",\"ContentEncoding\":\"" : "", TEXT_ARGS(encoding),
            encoding.size ? "\"" : "");
        inia_source body = inia_from_stream(read_text, NULL, &left, left.size);
        play(&scene, sums_up, "PutObject", (inia_request){.json = params, .body = body});
        text found = seen_header(&scene, TEXT("content-encoding"));
        tally_case(&s3, text_equals(found, wanted), "content-encoding", wanted);
    }
    bench_release(&scene.bench);
}

TEST(Expires_is_a_date_if_it_can_be_and_told_as_it_came)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases = table(&scene, "test_handle_expires_header");
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        const struct json_value *value = json_member(one, TEXT("expires"));
        char header[200];
        snprintf(header, sizeof header, "Expires: %.*s\r\n", TEXT_ARGS(value->string));
        scene.reply_headers = header;
        play(
            &scene, (inia_client_config){.service = "s3"}, "HeadObject",
            (inia_request){.json = "{\"Bucket\":\"b\",\"Key\":\"k\"}"});
        bool has = text_find_text(scene.output, TEXT("\"Expires\":")) != SIZE_MAX;
        bool is_told = text_find_text(scene.output, TEXT("\"ExpiresString\":")) != SIZE_MAX;
        bool wanted = json_is(json_member(one, TEXT("expect_expires_header")), JSON_TRUE);
        tally_case(&s3, has == wanted && is_told, "Expires", value->string);
    }
    bench_release(&scene.bench);
}

/* ---- Traces ---------------------------------------------------------------------------------- */

static const char *const variables[] = {
    "AWS_LAMBDA_FUNCTION_NAME", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "AWS_SDK_UA_APP_ID"};

static void set_variables(struct scene *scene, const struct json_value *environment)
{
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    for (size_t i = 0; environment && i < environment->count; i++)
        setenv(
            environment->names[i].data,
            arena_string(&scene->bench.arena, json_text(&environment->items[i])), 1);
}

/* An operation with a parameter for the trace, so that a user can give it. */
static text trace_sent(struct scene *scene, const struct json_value *environment, text given)
{
    char params[300];
    snprintf(
        params, sizeof params, "{\"agentRuntimeArn\":\"a\",\"payload\":\"\"%s%.*s%s}",
        given.size ? ",\"traceId\":\"" : "", TEXT_ARGS(given), given.size ? "\"" : "");
    set_variables(scene, environment);
    play(
        scene, (inia_client_config){.service = "bedrock-agentcore"}, "InvokeAgentRuntime",
        (inia_request){.json = params});
    set_variables(scene, NULL);
    CHECK_EQ(scene->seen, 1);
    return seen_header(scene, TEXT("x-amzn-trace-id"));
}

/* "X-Amzn-Trace-Id: value" of a list of such; absent: it is empty. */
static text value_in(const struct json_value *lines)
{
    text value = {NULL, 0};
    if (lines && lines->count)
        (void)text_split(json_text(json_item(lines, 0)), ':', &value);
    return text_trim(value);
}

TEST(traces_are_passed_on_in_lambda)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases =
        vector_json(&scene.bench, vector_path("profile-config/recursion-detection.json"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text given = value_in(json_member(one, TEXT("requestHeadersBefore")));
        text wanted = value_in(json_member(one, TEXT("requestHeadersAfter")));
        text sent = trace_sent(&scene, json_member(one, TEXT("env")), given);
        tally_case(&profile, text_equals(sent, wanted), "trace", wanted);
    }
    cases = table(&scene, "test_add_recursion_detection_header");
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        text name = TEXT("X-Amzn-Trace-Id");
        text given = json_text(json_member(json_member(one, TEXT("header_before")), name));
        text wanted = json_text(json_member(json_member(one, TEXT("header_after")), name));
        text sent = trace_sent(&scene, json_member(one, TEXT("environ")), given);
        tally_case(&s3, text_equals(sent, wanted), "trace", json_member_text(one, "id"));
    }
    bench_release(&scene.bench);
}

/* ---- The user agent -------------------------------------------------------------------------- */

TEST(parts_of_a_user_agent_are_made_fit)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases = json_member(
        vector_json(&scene.bench, vector_path("profile-config/user-agent-sanitize.json")),
        TEXT("test_sanitize_ua_string_component"));
    for (size_t i = 0; cases && i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i);
        struct buffer out;
        buffer_init(&out, &scene.bench.arena);
        user_agent_add_part(
            &out, json_member_text(one, "raw_str"),
            json_is(json_member(one, TEXT("allow_hash")), JSON_TRUE));
        bool same = text_equals(buffer_text(&out), json_member_text(one, "expected_str"));
        tally_case(&profile, same, "user agent", json_member_text(one, "id"));
    }
    bench_release(&scene.bench);
}

static bool holds(text agent, const struct json_value *parts)
{
    for (size_t i = 0; parts && i < parts->count; i++) {
        if (text_find_text(agent, json_text(json_item(parts, i))) == SIZE_MAX)
            return false;
    }
    return true;
}

static bool holds_in_order(text agent, const struct json_value *parts)
{
    for (size_t i = 0; parts && i < parts->count; i++) {
        text part = json_text(json_item(parts, i));
        size_t at = text_find_text(agent, part);
        if (at == SIZE_MAX)
            return false;
        agent = text_after(agent, at + part.size);
    }
    return true;
}

static const char *config_file(struct scene *scene, const struct json_value *settings)
{
    static char path[] = "/tmp/inia-user-agent-XXXXXX";
    strcpy(path + sizeof path - 7, "XXXXXX");
    FILE *file = fdopen(mkstemp(path), "w");
    CHECK(file != NULL);
    fprintf(file, "[default]\n");
    for (size_t i = 0; settings && i < settings->count; i++)
        fprintf(
            file, "%.*s = %s\n", TEXT_ARGS(settings->names[i]),
            arena_string(&scene->bench.arena, json_text(&settings->items[i])));
    CHECK(fclose(file) == 0);
    return path;
}

/* As a client says it that is told of its environment and settings alone. */
static text agent_of_client(struct scene *scene, const struct json_value *given)
{
    const char *path = config_file(scene, json_member(given, TEXT("sharedConfigFile")));
    set_variables(scene, json_member(given, TEXT("environmentVariables")));
    setenv("AWS_CONFIG_FILE", path, 1);
    play(
        scene, (inia_client_config){.service = "s3"}, "GetObject",
        (inia_request){.json = "{\"Bucket\":\"b\",\"Key\":\"k\"}"});
    unsetenv("AWS_CONFIG_FILE");
    set_variables(scene, NULL);
    unlink(path);
    return seen_header(scene, TEXT("user-agent"));
}

/* As it would be said of the system, language and framework that the case makes up. */
static text agent_of_facts(struct scene *scene, const struct json_value *given)
{
    const struct json_value *system = json_member(given, TEXT("os"));
    const struct json_value *framework = json_member(given, TEXT("framework"));
    const struct json_value *variable = json_member(given, TEXT("environmentVariables"));
    struct user_agent agent = {
        .product = TEXT("aws-sdk-LANGUAGE"), /* its name may hold no braces */
        .version = TEXT("VERSION"),
        .system = TEXT("linux"),
        .system_version = json_member_text(system, "version"),
        .language = TEXT("LANGUAGE"),
        .language_version = TEXT("VERSION"),
        .environment = json_member_text(variable, "AWS_EXECUTION_ENV"),
        .metrics = json_member_text(given, "metric"),
        .app_id = json_member_text(variable, "AWS_SDK_UA_APP_ID"),
        .framework = json_member_text(framework, "name"),
        .framework_version = json_member_text(framework, "version"),
    };
    struct buffer out, named;
    buffer_init(&out, &scene->bench.arena);
    buffer_init(&named, &scene->bench.arena);
    user_agent_write(&out, &agent);
    for (text rest = buffer_text(&out); rest.size;) {
        bool language = text_starts_with(rest, TEXT("LANGUAGE"));
        bool version = text_starts_with(rest, TEXT("VERSION"));
        buffer_add(
            &named, language  ? TEXT("{language}")
                    : version ? TEXT("{version}")
                              : text_from(rest.data, 1));
        rest = text_after(rest, language ? 8 : version ? 7 : 1);
    }
    return buffer_text(&named);
}

TEST(user_agents_are_as_the_sdks_agreed)
{
    struct scene scene = {.seen = 0};
    bench_init(&scene.bench);
    const struct json_value *cases =
        vector_json(&scene.bench, vector_path("profile-config/user-agent-tests.json"));
    for (size_t i = 0; i < cases->count; i++) {
        const struct json_value *one = json_item(cases, i),
                                *given = json_member(one, TEXT("given"));
        const struct json_value *wanted =
            json_member(json_member(one, TEXT("expectedRequestHeaders")), TEXT("user-agent"));
        bool made_up = json_member(given, TEXT("language")) != NULL;
        text agent = made_up ? agent_of_facts(&scene, given) : agent_of_client(&scene, given);
        bool good = holds_in_order(agent, json_member(wanted, TEXT("containsInExactOrder"))) &&
                    holds(agent, json_member(wanted, TEXT("containsInAnyOrder"))) &&
                    holds(agent, json_member(wanted, TEXT("contains")));
        if (!tally_case(&profile, good, "user agent", json_member_text(one, "description")))
            printf("%.*s\n", TEXT_ARGS(agent));
    }
    bench_release(&scene.bench);
}

TEST(checksums_in_calls_tally)
{
    (void)test_vectors();
    tally_finish(&sums, "");
}

TEST(s3_in_calls_tally)
{
    (void)test_vectors();
    tally_finish(&s3, "");
}

TEST(profile_config_in_calls_tally)
{
    (void)test_vectors();
    tally_finish(&profile, "");
}
