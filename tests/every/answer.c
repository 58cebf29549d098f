#include "answer.h"

#include "crypto/crypto.h"
#include "test.h"

#include <stdio.h>

static bool uses_locations(const struct answer *answer)
{
    return answer->protocol == MODEL_REST_JSON || answer->protocol == MODEL_REST_XML;
}

bool answer_is_in_body(const struct answer *answer, const struct model_member *member)
{
    return !uses_locations(answer) || member->location == MODEL_IN_BODY;
}

/* ---- Headers ---------------------------------------------------------------------------- */

static void add_header(struct answer *answer, text name, text value)
{
    tree_add(answer->arena, answer->headers, name, tree_string(answer->arena, value));
}

static text time_in_header(const struct model_member *member, text written)
{
    const struct instant *instant = instant_of(written);
    CHECK(instant != NULL);
    if (member->time == MODEL_TIME_EPOCH)
        return text_of(instant->epoch);
    return text_of(member->time == MODEL_TIME_ISO8601 ? instant->iso8601 : instant->http);
}

static text scalar_in_header(
    struct answer *answer, const struct model_member *member, const struct json_value *value)
{
    if (member->json_value)
        return tree_base64(answer->arena, tree_text(answer->arena, value));
    if (member->shape->kind == MODEL_BOOLEAN)
        return value->kind == JSON_TRUE ? TEXT("true") : TEXT("false");
    if (member->shape->kind == MODEL_TIMESTAMP)
        return time_in_header(member, value->string);
    return value->string;
}

static bool needs_quotes(text item)
{
    return text_find(item, ',') < item.size || text_find(item, '"') < item.size;
}

static text list_in_header(
    struct answer *answer, const struct model_member *member, const struct json_value *list)
{
    struct buffer out;
    buffer_init(&out, answer->arena);
    for (size_t i = 0; i < list->count; i++) {
        text item = scalar_in_header(answer, member->shape->item, &list->items[i]);
        bool quoted = member->shape->item->shape->kind == MODEL_STRING && needs_quotes(item);
        buffer_add(&out, i ? TEXT(", ") : TEXT(""));
        buffer_add(&out, quoted ? TEXT("\"") : TEXT(""));
        for (size_t at = 0; at < item.size; at++) {
            if (quoted && (item.data[at] == '"' || item.data[at] == '\\'))
                buffer_add_char(&out, '\\');
            buffer_add_char(&out, item.data[at]);
        }
        buffer_add(&out, quoted ? TEXT("\"") : TEXT(""));
    }
    return buffer_text(&out);
}

static void add_prefixed(
    struct answer *answer, const struct model_member *member, const struct json_value *map)
{
    for (size_t i = 0; i < map->count; i++) {
        struct buffer name;
        buffer_init(&name, answer->arena);
        buffer_add(&name, member->location_name);
        buffer_add(&name, map->names[i]);
        add_header(answer, buffer_text(&name), map->items[i].string);
    }
}

static void write_head(
    struct answer *answer, const struct model_shape *shape, const struct json_value *output)
{
    for (size_t i = 0; shape && uses_locations(answer) && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        const struct json_value *value = json_member(output, member->name);
        if (!value)
            continue;
        if (member->location == MODEL_IN_HEADER && member->shape->kind == MODEL_LIST)
            add_header(answer, answer_name(member), list_in_header(answer, member, value));
        else if (member->location == MODEL_IN_HEADER)
            add_header(answer, answer_name(member), scalar_in_header(answer, member, value));
        else if (member->location == MODEL_IN_HEADERS)
            add_prefixed(answer, member, value);
        else if (member->location == MODEL_IN_STATUS)
            answer->status = (int)json_i64(value, 0);
    }
}

/* ---- Bodies -------------------------------------------------------------------------------- */

static void open_query(struct answer *answer, const char *suffix, bool close)
{
    buffer_add_format(
        &answer->body, "<%s%.*s%s>", close ? "/" : "", TEXT_ARGS(answer->operation->name), suffix);
}

static void write_query(struct answer *answer, const struct json_value *output)
{
    const struct model_operation *operation = answer->operation;
    text wrapper = operation->result_wrapper;
    buffer_add(&answer->body, TEXT("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    open_query(answer, "Response", false);
    if (wrapper.data)
        buffer_add_format(&answer->body, "\n  <%.*s>\n", TEXT_ARGS(wrapper));
    if (operation->output)
        answer_xml_members(answer, operation->output, output);
    if (wrapper.data)
        buffer_add_format(&answer->body, "</%.*s>\n", TEXT_ARGS(wrapper));
    if (answer->protocol == MODEL_EC2)
        buffer_add(&answer->body, TEXT("<requestId>request-1</requestId>"));
    else
        buffer_add(
            &answer->body,
            TEXT("<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata>"));
    open_query(answer, "Response", true);
}

static bool has_body_members(const struct answer *answer, const struct model_shape *shape)
{
    for (size_t i = 0; shape && i < shape->member_count; i++)
        if (answer_is_in_body(answer, &shape->members[i]))
            return true;
    return false;
}

/* S3's oldest answer is its member alone. */
static bool is_bare(const struct model_operation *operation)
{
    return text_equals(operation->name, TEXT("GetBucketLocation")) &&
           text_equals(operation->model->service_id, TEXT("S3"));
}

static void write_rest_xml(struct answer *answer, const struct json_value *output)
{
    const struct model_shape *shape = answer->operation->output;
    if (is_bare(answer->operation)) {
        answer_xml_members(answer, shape, output);
        return;
    }
    buffer_add_format(&answer->body, "<%.*s xmlns=\"urn:x\">", TEXT_ARGS(shape->name));
    answer_xml_members(answer, shape, output);
    buffer_add_format(&answer->body, "</%.*s>", TEXT_ARGS(shape->name));
}

static void write_payload(struct answer *answer, const struct json_value *output, text stream)
{
    const struct model_member *payload = answer->operation->output->payload;
    const struct json_value *value = json_member(output, payload->name);
    if (payload == answer->operation->output_stream)
        buffer_add(&answer->body, stream);
    else if (value && payload->shape->kind == MODEL_BLOB)
        buffer_add(&answer->body, tree_bytes(answer->arena, value->string));
    else if (value && payload->shape->kind == MODEL_STRING)
        buffer_add(&answer->body, value->string);
    else if (value && answer->protocol == MODEL_REST_JSON)
        answer_json_payload(answer, payload, value);
    else if (value)
        answer_xml_element(answer, payload, answer_name(payload), value);
}

static void write_body(struct answer *answer, const struct json_value *output, text stream)
{
    const struct model_shape *shape = answer->operation->output;
    if (answer->protocol == MODEL_QUERY || answer->protocol == MODEL_EC2)
        write_query(answer, output);
    else if (answer->operation->output_stream)
        buffer_add(&answer->body, stream);
    else if (uses_locations(answer) && shape && shape->payload)
        write_payload(answer, output, stream);
    else if (answer->protocol == MODEL_CBOR)
        answer_cbor_members(answer, shape, output, (text){NULL, 0}, (text){NULL, 0});
    else if (answer->protocol == MODEL_JSON || has_body_members(answer, shape)) {
        if (answer->protocol == MODEL_REST_XML)
            write_rest_xml(answer, output);
        else
            answer_json_members(answer, shape, output, (text){NULL, 0}, (text){NULL, 0});
    }
}

static text content_type(const struct answer *answer)
{
    switch (answer->protocol) {
    case MODEL_JSON:
        return TEXT("application/x-amz-json-1.1");
    case MODEL_REST_JSON:
        return TEXT("application/json");
    case MODEL_CBOR:
        return TEXT("application/cbor");
    default:
        return TEXT("text/xml");
    }
}

/* ---- What the whole response says ------------------------------------------------------------ */

static void replace(
    struct answer *answer, struct json_value *output, const struct model_member *member, text value)
{
    struct json_value *said = tree_member(output, member->name);
    if (!said)
        return;
    said->string = value;
    *tree_member(answer->headers, answer_name(member)) = *tree_string(answer->arena, value);
}

static text checksum_of(struct answer *answer, enum checksum_algorithm algorithm)
{
    unsigned char digest[CHECKSUM_MOST];
    size_t size = checksum_once(digest, algorithm, buffer_text(&answer->body));
    return tree_base64(answer->arena, text_from(digest, size));
}

static text length_of(struct answer *answer)
{
    struct buffer digits;
    buffer_init(&digits, answer->arena);
    buffer_add_u64(&digits, answer->body.size);
    return buffer_text(&digits);
}

static void make_true(struct answer *answer, struct json_value *output)
{
    const struct model_shape *shape = answer->operation->output;
    for (size_t i = 0; shape && uses_locations(answer) && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (member->location != MODEL_IN_HEADER)
            continue;
        enum checksum_algorithm algorithm = checksum_from_header(answer_name(member));
        if (text_equals_ignoring_case(answer_name(member), TEXT("content-length")))
            replace(answer, output, member, length_of(answer));
        else if (algorithm != CHECKSUM_NONE && answer->operation->output_stream)
            replace(answer, output, member, checksum_of(answer, algorithm));
    }
}

/* A map of the headers that begin with nothing has them all. */
static void show_all_headers(struct answer *answer, struct json_value *output)
{
    const struct model_shape *shape = answer->operation->output;
    for (size_t i = 0; shape && i < shape->member_count; i++) {
        const struct model_member *member = &shape->members[i];
        if (member->location != MODEL_IN_HEADERS || member->location_name.size)
            continue;
        struct json_value *map = tree_new(answer->arena, JSON_OBJECT);
        for (size_t k = 0; k < answer->headers->count; k++)
            tree_add(answer->arena, map, answer->headers->names[k], &answer->headers->items[k]);
        if (!tree_member(map, TEXT("Content-Length")))
            tree_add(
                answer->arena, map, TEXT("Content-Length"),
                tree_string(answer->arena, length_of(answer)));
        *tree_member(output, member->name) = *map;
    }
}

static bool has_type(const struct answer *answer)
{
    for (size_t i = 0; i < answer->headers->count; i++)
        if (text_equals_ignoring_case(answer->headers->names[i], TEXT("content-type")))
            return true;
    return false;
}

static void begin(struct answer *answer)
{
    answer->headers = tree_new(answer->arena, JSON_OBJECT);
    buffer_init(&answer->body, answer->arena);
}

void answer_write(struct answer *answer, struct json_value *output, text stream)
{
    begin(answer);
    answer->status = answer->operation->response_code ? answer->operation->response_code : 200;
    write_head(answer, answer->operation->output, output);
    if (!text_equals(answer->operation->method, TEXT("HEAD")))
        write_body(answer, output, stream);
    if (answer->body.size && answer->status == 204)
        answer->status = 200;
    if (answer->body.size && !has_type(answer))
        add_header(answer, TEXT("Content-Type"), content_type(answer));
    make_true(answer, output);
    show_all_headers(answer, output);
    CHECK(buffer_ok(&answer->body));
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static void write_xml_error(
    struct answer *answer, const struct model_shape *error, struct json_value *output, text message)
{
    static const char *const starts[] = {"<Response><Errors><Error>", "<ErrorResponse><Error>"};
    static const char *const ends[] = {
        "</Error></Errors><RequestID>request-1</RequestID></Response>",
        "</Error><RequestId>request-1</RequestId></ErrorResponse>"};
    size_t which = answer->protocol == MODEL_EC2 ? 0 : 1;
    bool bare = text_equals(answer->operation->model->service_id, TEXT("S3"));
    struct buffer *out = &answer->body;
    buffer_add(out, bare ? TEXT("<Error>") : text_of(starts[which]));
    buffer_add_format(out, "<Type>%s</Type>", error->fault ? "Receiver" : "Sender");
    struct json_value *code = tree_member(output, TEXT("Code"));
    if (code)
        code->string = error->error_code;
    else
        buffer_add_format(out, "<Code>%.*s</Code>", TEXT_ARGS(error->error_code));
    if (!json_member(output, TEXT("Message")) && !json_member(output, TEXT("message"))) {
        buffer_add(out, TEXT("<Message>"));
        answer_xml_escape(out, message);
        buffer_add(out, TEXT("</Message>"));
    }
    answer_xml_members(answer, error, output);
    buffer_add(out, bare ? TEXT("</Error>") : text_of(ends[which]));
}

/* Where a member says what the response says of itself, it says the same. */
static bool name_in_header(
    struct answer *answer, const struct model_shape *error, struct json_value *output)
{
    for (size_t i = 0; i < error->member_count; i++) {
        const struct model_member *member = &error->members[i];
        struct json_value *value = tree_member(output, member->name);
        if (member->location != MODEL_IN_HEADER || !value ||
            !text_equals_ignoring_case(answer_name(member), TEXT("x-amzn-errortype")))
            continue;
        *value = *tree_string(answer->arena, error->name);
        return true;
    }
    return false;
}

static void write_error_body(
    struct answer *answer, const struct model_shape *error, struct json_value *output, text message)
{
    bool has_message = json_member(output, TEXT("message")) || json_member(output, TEXT("Message"));
    text type = answer->protocol == MODEL_REST_JSON ? (text){NULL, 0} : error->name;
    text more = has_message ? (text){NULL, 0} : message;
    if (answer->protocol == MODEL_CBOR)
        answer_cbor_members(answer, error, output, type, more);
    else if (answer->protocol == MODEL_JSON || answer->protocol == MODEL_REST_JSON)
        answer_json_members(answer, error, output, type, more);
    else
        write_xml_error(answer, error, output, message);
}

/* What the service called it when it spoke query. */
static void add_query_code(struct answer *answer, const struct model_shape *error)
{
    struct buffer code;
    buffer_init(&code, answer->arena);
    buffer_add(&code, error->error_code);
    buffer_add(&code, error->fault ? TEXT(";Receiver") : TEXT(";Sender"));
    add_header(answer, TEXT("x-amzn-query-error"), buffer_text(&code));
}

void answer_write_error(
    struct answer *answer, const struct model_shape *error, struct json_value *output, text message)
{
    begin(answer);
    answer->status = error->http_status ? error->http_status : 400;
    if (answer->protocol == MODEL_REST_JSON && !name_in_header(answer, error, output))
        add_header(answer, TEXT("X-Amzn-Errortype"), error->name);
    write_head(answer, error, output);
    if (answer->status < 300)
        answer->status = 400;
    write_error_body(answer, error, output, message);
    add_header(answer, TEXT("Content-Type"), content_type(answer));
    if (answer->operation->model->query_compatible)
        add_query_code(answer, error);
    CHECK(buffer_ok(&answer->body));
}
