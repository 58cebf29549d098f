/* Recorded responses of real services, read with the models that are installed. */
#include "protocols/protocols.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct room {
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct protocol_readers readers;
};

static void room_open(struct room *room)
{
    budget_init(&room->budget, 512 << 20);
    slab_init(&room->blocks, &room->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&room->arena, &room->blocks);
    CHECK(protocol_readers_init(&room->readers));
}

static void room_close(struct room *room)
{
    protocol_readers_release(&room->readers);
    arena_release(&room->arena);
    slab_release(&room->blocks);
}

static const struct json_value *read_json(struct room *room, const char *name, text *bytes)
{
    char path[4096];
    size_t size;
    struct json_problem problem;
    snprintf(path, sizeof path, "%s/response-parsing/%s", test_vectors(), name);
    char *file = test_read_file(path, &size);
    *bytes = arena_copy(&room->arena, text_from(file, size));
    free(file);
    return json_parse(room->readers.json, *bytes, &room->arena, &problem);
}

static text member_text(const struct json_value *object, const char *name)
{
    return json_text(json_member(object, text_of(name)));
}

/* ---- Comparing: timestamps stand there as they came, blobs as text ------------------------ */

static bool same_string(const struct json_value *got, text wanted)
{
    struct date a, b;
    if (text_equals(got->string, wanted))
        return true;
    if (date_parse(got->string, &a) && date_parse(wanted, &b))
        return a.seconds == b.seconds;
    char bytes[4096];
    size_t size = got->string.size < 4000 ? base64_decode(bytes, got->string) : SIZE_MAX;
    return size != SIZE_MAX && text_equals((text){bytes, size}, wanted);
}

static bool same(const struct json_value *got, const struct json_value *wanted)
{
    if (!got || !wanted || got->kind != wanted->kind)
        return false;
    if (got->kind == JSON_STRING)
        return same_string(got, wanted->string);
    if (got->kind == JSON_NUMBER)
        return strtod(got->string.data, NULL) == strtod(wanted->string.data, NULL);
    if (got->kind < JSON_LIST)
        return true;
    if (got->count != wanted->count)
        return false;
    for (size_t i = 0; i < got->count; i++) {
        const struct json_value *other =
            got->kind == JSON_LIST ? &wanted->items[i] : json_member(wanted, got->names[i]);
        if (!same(&got->items[i], other))
            return false;
    }
    return true;
}

/* ResponseMetadata is not of the output; members that are null are absent. */
static bool same_output(const struct json_value *got, const struct json_value *wanted)
{
    size_t expected = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        if (text_equals(wanted->names[i], TEXT("ResponseMetadata")) ||
            json_is(&wanted->items[i], JSON_NULL))
            continue;
        expected++;
        if (!same(json_member(got, wanted->names[i]), &wanted->items[i])) {
            printf("differs: %.*s\n", TEXT_ARGS(wanted->names[i]));
            return false;
        }
    }
    return got->count == expected;
}

static bool same_error(const struct protocol_output *output, const struct json_value *wanted)
{
    const struct json_value *error = json_member(wanted, TEXT("Error"));
    text id = member_text(json_member(wanted, TEXT("ResponseMetadata")), "RequestId");
    return output->is_error && text_equals(output->error_code, member_text(error, "Code")) &&
           text_equals(output->message, member_text(error, "Message")) &&
           (!id.data || text_equals(id, output->request_id));
}

/* ---- Running -------------------------------------------------------------------------------- */

static void take_headers(
    struct room *room, const struct json_value *one, text *body, struct http_response *response)
{
    struct json_problem problem;
    struct buffer out;
    if (!json_is_true(json_member(one, TEXT("headers_in_body"))))
        return;
    struct json_value *root = json_parse(room->readers.json, *body, &room->arena, &problem);
    const struct json_value *headers = json_member(root, TEXT("__headers__"));
    response->headers =
        arena_alloc_zeroed(&room->arena, (headers->count + 1) * sizeof *response->headers);
    for (size_t i = 0; i < headers->count; i++)
        response->headers[response->header_count++] =
            (struct http_header){headers->names[i], json_text(&headers->items[i])};
    buffer_init(&out, &room->arena);
    json_write(&out, root);
    *body = buffer_text(&out);
}

static bool passes(struct room *room, const struct json_value *one)
{
    inia_error error = {0};
    text body, wanted_text;
    struct protocol_output output;
    struct json_problem problem;
    struct model *model =
        model_load(INIA_TEST_MODELS, member_text(one, "service"), (text){NULL, 0}, &error);
    if (!model) {
        printf("%s\n", error.detail);
        return false;
    }
    const struct model_operation *operation =
        model_require_operation(model, member_text(one, "operation"), &error);
    struct protocol_plan *plan =
        operation ? protocol_plan_new(operation, MODEL_PROTOCOL_NONE, &room->arena, &error) : NULL;
    struct http_response response = {
        .status = (int)json_i64(json_member(one, TEXT("status")), 200), .reason = TEXT("Reason")};
    read_json(room, member_text(one, "body").data, &body);
    take_headers(room, one, &body, &response);
    const struct json_value *wanted =
        read_json(room, member_text(one, "expected").data, &wanted_text);
    bool good =
        plan && wanted &&
        protocol_parse(plan, &room->readers, &response, body, &room->arena, &output, &error) ==
            INIA_OK;
    if (good && json_member(wanted, TEXT("Error")))
        good = same_error(&output, wanted);
    else if (good)
        good = same_output(
            json_parse(room->readers.json, output.json, &room->arena, &problem), wanted);
    if (!good)
        printf("%s %.*s\n", error.detail, plan ? (int)output.json.size : 0, output.json.data);
    model_free(model);
    return good;
}

TEST(recorded_responses_are_read_as_others_read_them)
{
    struct room room;
    text bytes;
    size_t passed = 0, left_out = 0, count;
    if (access(INIA_TEST_MODELS, R_OK) != 0)
        SKIP("no models in %s: run tools/setup", INIA_TEST_MODELS);
    room_open(&room);
    const struct json_value *cases = read_json(&room, "index.json", &bytes);
    CHECK(cases);
    count = cases->count;
    for (size_t i = 0; i < count; i++) {
        struct room inner;
        room_open(&inner);
        read_json(&inner, member_text(json_item(cases, i), "body").data, &bytes);
        if (text_find_text(bytes, TEXT("YYYY-MM-DD")) != SIZE_MAX) {
            left_out++;
            room_close(&inner);
            continue;
        }
        bool good = passes(&inner, json_item(cases, i));
        passed += good;
        if (!good)
            printf("failed: %.*s\n", TEXT_ARGS(member_text(json_item(cases, i), "id")));
        room_close(&inner);
    }
    printf(
        "response-parsing: %zu/%zu (%zu left out: a placeholder, YYYY-MM-DD, for a timestamp)\n",
        passed, count - left_out, left_out);
    room_close(&room);
    CHECK_EQ(passed, count - left_out);
}

/* ---- Bodies that are no error documents ------------------------------------------------------ */

static enum model_protocol protocol_of(text parser)
{
    static const struct {
        const char *parser;
        enum model_protocol protocol;
    } parsers[] = {
        {"EC2QueryParser", MODEL_EC2},     {"QueryParser", MODEL_QUERY},
        {"JSONParser", MODEL_JSON},        {"RestJSONParser", MODEL_REST_JSON},
        {"RestXMLParser", MODEL_REST_XML}, {"RpcV2CBORParser", MODEL_CBOR},
    };
    for (size_t i = 0; i < COUNT_OF(parsers); i++) {
        if (text_equals(parser, text_of(parsers[i].parser)))
            return parsers[i].protocol;
    }
    return MODEL_PROTOCOL_NONE;
}

static bool generic_passes(struct room *room, const struct json_value *one)
{
    char written[256];
    inia_error error = {0};
    struct protocol_output output;
    struct http_response response = {.status = 503, .reason = TEXT("Service Unavailable")};
    enum model_protocol protocol =
        protocol_of(member_text(json_member(one, TEXT("parser")), "class"));
    snprintf(
        written, sizeof written,
        "{\"metadata\":{\"protocol\":\"%s\"},\"shapes\":{},\"operations\":{\"O\":{}}}",
        model_protocol_name(protocol));
    struct model *model =
        model_parse(TEXT("generic"), TEXT("generic"), text_of(written), (text){NULL, 0}, &error);
    CHECK(model);
    struct protocol_plan *plan =
        protocol_plan_new(&model->operations[0], MODEL_PROTOCOL_NONE, &room->arena, &error);
    CHECK(plan);
    inia_status status = protocol_parse(
        plan, &room->readers, &response, member_text(json_member(one, TEXT("body")), "bytes"),
        &room->arena, &output, &error);
    bool good = status == INIA_OK && output.is_error &&
                text_equals(output.error_code, TEXT("503")) &&
                text_equals(output.message, TEXT("Service Unavailable"));
    model_free(model);
    return good;
}

TEST(bodies_that_are_no_error_documents_still_give_an_error)
{
    struct room room;
    text bytes;
    size_t passed = 0;
    room_open(&room);
    const struct json_value *cases =
        json_member(read_json(&room, "generic-errors.json", &bytes), TEXT("cases"));
    CHECK(json_is(cases, JSON_LIST));
    for (size_t i = 0; i < cases->count; i++) {
        bool good = generic_passes(&room, json_item(cases, i));
        passed += good;
        if (!good)
            printf("failed: %.*s\n", TEXT_ARGS(member_text(json_item(cases, i), "id")));
    }
    printf("response-parsing/generic-errors: %zu/%u\n", passed, cases->count);
    CHECK_EQ(passed, cases->count);
    room_close(&room);
}
