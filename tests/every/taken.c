#include "taken.h"

#include "test.h"

#include <stdlib.h>
#include <zlib.h>

enum { INFLATED_MOST = 4 << 20 };

bool taken_fail(struct taken *taken, const char *what, text detail)
{
    if (taken->problem.size == 0)
        buffer_add_format(&taken->problem, "%s: %.*s", what, TEXT_ARGS(detail));
    return false;
}

/* ---- Texts -------------------------------------------------------------------------------- */

static int digit_of(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1; /* lower case is not canonical */
}

text taken_decode(struct taken *taken, text encoded, bool is_form)
{
    char *out = arena_alloc(taken->arena, encoded.size + 1);
    size_t size = 0;
    CHECK(out != NULL);
    for (size_t i = 0; i < encoded.size; i++) {
        char byte = encoded.data[i];
        if (byte == '%' && i + 2 < encoded.size + 0 && digit_of(encoded.data[i + 1]) >= 0 &&
            digit_of(encoded.data[i + 2]) >= 0) {
            byte = (char)(digit_of(encoded.data[i + 1]) << 4 | digit_of(encoded.data[i + 2]));
            i += 2;
        } else if (byte == '%') {
            taken_fail(taken, "a percent sign that begins nothing", encoded);
        } else if (byte == '+' && is_form) {
            byte = ' ';
        }
        out[size++] = byte;
    }
    return (text){out, size};
}

void taken_split(
    struct taken *taken, text written, bool is_form, struct taken_pair **pairs, size_t *count)
{
    size_t most = 1;
    for (size_t i = 0; i < written.size; i++)
        most += written.data[i] == '&';
    *pairs = arena_alloc_zeroed(taken->arena, most * sizeof **pairs);
    *count = 0;
    CHECK(*pairs != NULL);
    while (written.size) {
        text value, part = text_split(written, '&', &written);
        text name = text_split(part, '=', &value);
        (*pairs)[(*count)++] = (struct taken_pair){
            taken_decode(taken, name, is_form), taken_decode(taken, value, is_form), false};
    }
}

struct json_value *taken_json_text(struct taken *taken, text written)
{
    struct json_problem problem;
    struct json_value *value = json_parse(taken->json, written, taken->arena, &problem);
    if (!value)
        taken_fail(taken, problem.what, written);
    return value;
}

/* In the one way that the place and the model demand. */
static struct json_value *read_time(
    struct taken *taken, const struct model_member *member, text written, enum model_time fallback)
{
    const struct instant *instant = instant_of(written);
    enum model_time time = member->time == MODEL_TIME_DEFAULT ? fallback : member->time;
    const char *wanted = NULL;
    if (instant)
        wanted = time == MODEL_TIME_EPOCH  ? instant->epoch
                 : time == MODEL_TIME_HTTP ? instant->http
                                           : instant->iso8601;
    if (!wanted || !text_equals(text_of(wanted), written))
        taken_fail(taken, "a timestamp in another form", written);
    return tree_string(taken->arena, written);
}

static bool is_special(text written)
{
    return text_equals(written, TEXT("NaN")) || text_equals(written, TEXT("Infinity")) ||
           text_equals(written, TEXT("-Infinity"));
}

struct json_value *taken_scalar(
    struct taken *taken, const struct model_member *member, text written, enum model_time fallback)
{
    switch (member->shape->kind) {
    case MODEL_BOOLEAN:
        if (!text_equals(written, TEXT("true")) && !text_equals(written, TEXT("false")))
            taken_fail(taken, "neither true nor false", written);
        return tree_boolean(taken->arena, text_equals(written, TEXT("true")));
    case MODEL_INTEGER:
        return tree_number(taken->arena, written);
    case MODEL_FLOAT:
        return is_special(written) ? tree_string(taken->arena, written)
                                   : tree_number(taken->arena, written);
    case MODEL_TIMESTAMP:
        return read_time(taken, member, written, fallback);
    default:
        return tree_string(taken->arena, written);
    }
}

/* ---- The head ------------------------------------------------------------------------------- */

static void add(struct taken *taken, const struct model_member *member, struct json_value *value)
{
    if (value)
        tree_add(taken->arena, taken->params, member->name, value);
}

static const struct model_member *label_member(const struct model_shape *input, text label)
{
    for (size_t i = 0; i < input->member_count; i++)
        if (input->members[i].location == MODEL_IN_PATH &&
            text_equals(taken_name(&input->members[i]), label))
            return &input->members[i];
    return NULL;
}

/* Where a label's value ends: before the literal that follows it in the template. */
static size_t label_end(text path, text rest, bool greedy)
{
    text literal = {rest.data, text_find(rest, '{')};
    if (greedy)
        return literal.size > path.size ? path.size : path.size - literal.size;
    return literal.size ? text_find(path, literal.data[0]) : text_find(path, '/');
}

static bool read_path(struct taken *taken, text template, text path)
{
    while (template.size) {
        if (template.data[0] != '{') {
            if (!path.size || path.data[0] != template.data[0])
                return taken_fail(taken, "another path", taken->path);
            template = text_after(template, 1);
            path = text_after(path, 1);
            continue;
        }
        text label = {template.data + 1, text_find(template, '}') - 1};
        template = text_after(template, label.size + 2);
        bool greedy = text_ends_with(label, TEXT("+"));
        label.size -= greedy;
        size_t size = label_end(path, template, greedy);
        const struct model_member *member = label_member(taken->operation->input, label);
        if (!member || size == 0)
            return taken_fail(taken, "a label of no member, or empty", label);
        text value = taken_decode(taken, (text){path.data, size}, false);
        add(taken, member, taken_scalar(taken, member, value, MODEL_TIME_ISO8601));
        path = text_after(path, size);
    }
    return path.size == 0 || taken_fail(taken, "a longer path", taken->path);
}

/* S3's bucket stands before the host's name. */
static text whole_path(struct taken *taken, text template)
{
    text bucket = text_split(taken->host, '.', &(text){0});
    if (!text_starts_with(template, TEXT("/{Bucket}")) ||
        text_starts_with(taken->host, TEXT("aws.localhost")))
        return taken->path;
    struct buffer path;
    buffer_init(&path, taken->arena);
    buffer_add_char(&path, '/');
    buffer_add(&path, bucket);
    if (!text_equals(taken->path, TEXT("/")) || text_find(template, '+') < template.size)
        buffer_add(&path, taken->path);
    return buffer_text(&path);
}

static struct taken_pair *find_pair(struct taken_pair *pairs, size_t count, text name)
{
    for (size_t i = 0; i < count; i++)
        if (!pairs[i].used && text_equals_ignoring_case(pairs[i].name, name))
            return &pairs[i];
    return NULL;
}

static void read_query_member(struct taken *taken, const struct model_member *member)
{
    struct json_value *list = NULL;
    struct taken_pair *pair;
    bool many = member->shape->kind == MODEL_LIST;
    const struct model_member *item = many ? member->shape->item : member;
    while ((pair = find_pair(taken->query, taken->query_count, taken_name(member)))) {
        struct json_value *value = taken_scalar(taken, item, pair->value, MODEL_TIME_ISO8601);
        pair->used = true;
        if (!many) {
            add(taken, member, value);
            return;
        }
        list = list ? list : tree_new(taken->arena, JSON_LIST);
        tree_add(taken->arena, list, (text){NULL, 0}, value);
    }
    add(taken, member, list);
}

/* What no other member took. */
static void read_query_map(struct taken *taken, const struct model_member *member)
{
    struct json_value *map = tree_new(taken->arena, JSON_OBJECT);
    const struct model_member *value = member->shape->value;
    bool many = value->shape->kind == MODEL_LIST;
    for (size_t i = 0; i < taken->query_count; i++) {
        struct taken_pair *pair = &taken->query[i];
        if (pair->used)
            continue;
        pair->used = true;
        if (!many) {
            tree_add(taken->arena, map, pair->name, tree_string(taken->arena, pair->value));
            continue;
        }
        if (!tree_member(map, pair->name))
            tree_add(taken->arena, map, pair->name, tree_new(taken->arena, JSON_LIST));
        tree_add(
            taken->arena, tree_member(map, pair->name), (text){NULL, 0},
            tree_string(taken->arena, pair->value));
    }
    add(taken, member, map);
}

static struct json_value *read_header_list(
    struct taken *taken, const struct model_member *item, text written)
{
    struct json_value *list = tree_new(taken->arena, JSON_LIST);
    while (written.data) {
        struct buffer one;
        buffer_init(&one, taken->arena);
        bool quoted = written.size && written.data[0] == '"';
        size_t at = quoted, commas = 0;
        for (; at < written.size && written.data[at] != (quoted ? '"' : ','); at++) {
            at += quoted && written.data[at] == '\\';
            buffer_add_char(&one, written.data[at]);
        }
        commas = at + quoted;
        if (item->shape->kind == MODEL_TIMESTAMP && at < written.size) { /* its own comma */
            text rest = text_after(written, at + 1);
            buffer_add_char(&one, ',');
            buffer_add(&one, (text){rest.data, text_find(rest, ',')});
            commas = at + 1 + text_find(rest, ',');
        }
        text value = text_trim(one.data ? buffer_text(&one) : TEXT(""));
        tree_add(
            taken->arena, list, (text){NULL, 0},
            taken_scalar(taken, item, quoted ? buffer_text(&one) : value, MODEL_TIME_HTTP));
        written =
            commas < written.size ? text_trim(text_after(written, commas + 1)) : (text){NULL, 0};
    }
    return list;
}

static void read_header(struct taken *taken, const struct model_member *member)
{
    struct taken_pair *pair = find_pair(taken->headers, taken->header_count, taken_name(member));
    if (!pair)
        return;
    pair->used = true;
    if (member->json_value)
        add(taken, member, taken_json_text(taken, tree_bytes(taken->arena, pair->value)));
    else if (member->shape->kind == MODEL_LIST)
        add(taken, member, read_header_list(taken, member->shape->item, pair->value));
    else
        add(taken, member, taken_scalar(taken, member, pair->value, MODEL_TIME_HTTP));
}

static void read_prefixed(struct taken *taken, const struct model_member *member)
{
    struct json_value *map = tree_new(taken->arena, JSON_OBJECT);
    for (size_t i = 0; i < taken->header_count; i++) {
        struct taken_pair *pair = &taken->headers[i];
        if (!text_starts_with_ignoring_case(pair->name, member->location_name))
            continue;
        pair->used = true;
        tree_add(
            taken->arena, map, text_after(pair->name, member->location_name.size),
            tree_string(taken->arena, pair->value));
    }
    add(taken, member, map);
}

/* The parameters that the model's URI has in itself. */
static bool take_fixed(struct taken *taken, text fixed)
{
    struct taken_pair *pairs;
    size_t count;
    taken_split(taken, fixed, false, &pairs, &count);
    for (size_t i = 0; i < count; i++) {
        struct taken_pair *pair = find_pair(taken->query, taken->query_count, pairs[i].name);
        if (!pair || !text_equals(pair->value, pairs[i].value))
            return taken_fail(taken, "no such query", pairs[i].name);
        pair->used = true;
    }
    return true;
}

static bool read_head(struct taken *taken)
{
    const struct model_shape *input = taken->operation->input;
    const struct model_member *map = NULL;
    text fixed, template = text_split(taken->operation->request_uri, '?', &fixed);
    if (!read_path(taken, template, whole_path(taken, template)) || !take_fixed(taken, fixed))
        return false;
    for (size_t i = 0; input && i < input->member_count; i++) {
        const struct model_member *member = &input->members[i];
        if (member->location == MODEL_IN_QUERY && member->shape->kind == MODEL_MAP)
            map = member;
        else if (member->location == MODEL_IN_QUERY)
            read_query_member(taken, member);
        else if (member->location == MODEL_IN_HEADER)
            read_header(taken, member);
        else if (member->location == MODEL_IN_HEADERS)
            read_prefixed(taken, member);
    }
    if (map)
        read_query_map(taken, map);
    for (size_t i = 0; i < taken->query_count; i++)
        if (!taken->query[i].used)
            return taken_fail(taken, "a query of no member", taken->query[i].name);
    return taken->problem.size == 0;
}

static bool check_host(struct taken *taken)
{
    text prefix = taken->operation->host_prefix, host = taken->host;
    struct buffer wanted;
    buffer_init(&wanted, taken->arena);
    while (prefix.size) {
        size_t open = text_find(prefix, '{');
        buffer_add(&wanted, (text){prefix.data, open});
        if (open == prefix.size)
            break;
        text label = {prefix.data + open + 1, text_find(prefix, '}') - open - 1};
        buffer_add(&wanted, json_text(json_member(taken->params, label)));
        prefix = text_after(prefix, open + label.size + 2);
    }
    text start = wanted.data ? buffer_text(&wanted) : TEXT("");
    text bucket = json_text(json_member(taken->params, TEXT("Bucket")));
    text service = taken->operation->model->service_id;
    bool by_rules = text_equals(service, TEXT("S3 Control"));
    if (text_equals(service, TEXT("CloudFront KeyValueStore"))) /* of its ARN */
        start = TEXT("123456789012.");
    if (text_starts_with(host, start))
        host = text_after(host, start.size);
    else if (!by_rules)
        return taken_fail(taken, "a host without its prefix", host);
    if (bucket.size && text_starts_with(host, bucket))
        host = text_after(host, bucket.size + 1);
    return text_starts_with(host, TEXT("aws.localhost:")) ||
           taken_fail(taken, "another host", taken->host);
}

/* ---- Bodies --------------------------------------------------------------------------------- */

static bool read_payload(struct taken *taken, const struct model_member *payload)
{
    if (payload == taken->operation->input_stream)
        return true;
    if (payload->shape->kind == MODEL_BLOB) {
        if (taken->body.size)
            add(taken, payload, tree_string(taken->arena, tree_base64(taken->arena, taken->body)));
        return true;
    }
    if (payload->shape->kind == MODEL_STRING) {
        add(taken, payload, tree_string(taken->arena, taken->body));
        return true;
    }
    if (taken->protocol == MODEL_REST_XML)
        return taken_xml_body(taken);
    struct json_value *body = taken_json_text(taken, taken->body);
    if (body)
        add(taken, payload, taken_json_value(taken, payload, body));
    return body != NULL;
}

static bool read_members(struct taken *taken, bool located)
{
    struct json_value *body;
    struct cbor_problem problem;
    if (taken->protocol == MODEL_CBOR)
        body = cbor_parse(taken->body, taken->arena, &problem);
    else
        body = taken_json_text(taken, taken->body);
    if (!body)
        return taken_fail(taken, "no body that can be read", TEXT(""));
    return taken_json_members(taken, taken->operation->input, body, located, taken->params);
}

static bool has_body_members(const struct model_shape *input)
{
    for (size_t i = 0; input && i < input->member_count; i++)
        if (input->members[i].location == MODEL_IN_BODY)
            return true;
    return false;
}

static bool read_body(struct taken *taken)
{
    const struct model_shape *input = taken->operation->input;
    bool rest = taken->protocol == MODEL_REST_JSON || taken->protocol == MODEL_REST_XML;
    if (taken->protocol == MODEL_QUERY || taken->protocol == MODEL_EC2)
        return taken_query_body(taken);
    if (rest && input && input->payload)
        return read_payload(taken, input->payload);
    if ((rest && !has_body_members(input)) || (taken->protocol == MODEL_CBOR && !input))
        return taken->body.size == 0 || taken_fail(taken, "a body of no member", taken->body);
    if (taken->protocol == MODEL_REST_XML)
        return taken_xml_body(taken);
    return read_members(taken, rest);
}

/* ---- The door -------------------------------------------------------------------------------- */

static void inflate_body(struct taken *taken)
{
    char *out = arena_alloc(taken->arena, INFLATED_MOST);
    z_stream stream = {
        .next_in = (unsigned char *)(uintptr_t)taken->body.data,
        .avail_in = (unsigned)taken->body.size,
        .next_out = (unsigned char *)out,
        .avail_out = INFLATED_MOST};
    CHECK(out && inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
    if (inflate(&stream, Z_FINISH) != Z_STREAM_END)
        taken_fail(taken, "not gzip", TEXT("the body"));
    taken->body = (text){out, (size_t)stream.total_out};
    inflateEnd(&stream);
}

static void take_headers(struct taken *taken, const struct json_value *headers)
{
    taken->header_count = headers->count;
    taken->headers =
        arena_alloc_zeroed(taken->arena, (headers->count + 1) * sizeof *taken->headers);
    CHECK(taken->headers != NULL);
    for (size_t i = 0; i < headers->count; i++)
        taken->headers[i] = (struct taken_pair){
            json_text(json_item(&headers->items[i], 0)),
            json_text(json_item(&headers->items[i], 1)), false};
}

/* A query that may be long goes out as a form (botocore's change_get_to_post). */
static void undo_form(struct taken *taken)
{
    const struct model_operation *operation = taken->operation;
    if (!text_equals(operation->model->service_id, TEXT("CloudSearch Domain")) ||
        !text_equals(operation->name, TEXT("Search")) || taken->query_count)
        return;
    taken_split(taken, taken->body, true, &taken->query, &taken->query_count);
    taken->body = TEXT("");
    if (text_equals(taken->method, TEXT("POST")))
        taken->method = operation->method;
}

static bool take(struct taken *taken, const struct json_value *description)
{
    text query, encoded = json_text(json_member(description, TEXT("body_base64")));
    taken->params = tree_new(taken->arena, JSON_OBJECT);
    buffer_init(&taken->problem, taken->arena);
    taken->method = json_text(json_member(description, TEXT("method")));
    taken->path = text_split(json_text(json_member(description, TEXT("target"))), '?', &query);
    taken->body = encoded.data ? tree_bytes(taken->arena, encoded)
                               : json_text(json_member(description, TEXT("body")));
    taken_split(taken, query, false, &taken->query, &taken->query_count);
    take_headers(taken, json_member(description, TEXT("headers")));
    struct taken_pair *host = find_pair(taken->headers, taken->header_count, TEXT("host"));
    struct taken_pair *coding =
        find_pair(taken->headers, taken->header_count, TEXT("content-encoding"));
    if (!host)
        return taken_fail(taken, "no host", taken->path);
    taken->host = host->value;
    if (coding && text_equals(coding->value, TEXT("gzip")))
        inflate_body(taken);
    undo_form(taken);
    return true;
}

static bool check_target(struct taken *taken)
{
    struct buffer wanted;
    buffer_init(&wanted, taken->arena);
    const struct model_operation *operation = taken->operation;
    if (taken->protocol == MODEL_JSON) {
        struct taken_pair *target =
            find_pair(taken->headers, taken->header_count, TEXT("x-amz-target"));
        buffer_add_format(
            &wanted, "%.*s.%.*s", TEXT_ARGS(operation->model->target_prefix),
            TEXT_ARGS(operation->name));
        if (!target || !text_equals(target->value, buffer_text(&wanted)))
            return taken_fail(taken, "another target", target ? target->value : TEXT("none"));
    }
    if (taken->protocol == MODEL_CBOR) {
        buffer_add_format(
            &wanted, "/service/%.*s/operation/%.*s", TEXT_ARGS(operation->model->target_prefix),
            TEXT_ARGS(operation->name));
        if (!text_equals(taken->path, buffer_text(&wanted)))
            return taken_fail(taken, "another path", taken->path);
    }
    return true;
}

bool taken_read(struct taken *taken, const struct json_value *description)
{
    bool rest = taken->protocol == MODEL_REST_JSON || taken->protocol == MODEL_REST_XML;
    text method = rest ? taken->operation->method : TEXT("POST");
    if (!take(taken, description) || !check_target(taken))
        return false;
    if (!text_equals(taken->method, method))
        return taken_fail(taken, "another method", taken->method);
    return (!rest || read_head(taken)) && read_body(taken) && check_host(taken) &&
           taken->problem.size == 0;
}
