#include "describe.h"

#include "plain_text.h"

#include <inttypes.h>

void describe_documentation(
    struct description *description, const struct json_value *documented, size_t indent)
{
    text html = json_text(json_member(documented, TEXT("documentation")));
    if (!description->brief && html.size)
        plain_text_write(description->out, html, indent, description->width);
}

/* ---- Facts: "Protocol: rest-xml" ------------------------------------------------------------ */

static void write_fact(struct description *description, const char *name, text value)
{
    struct buffer line;
    if (!value.size)
        return;
    buffer_init(&line, description->out->arena);
    buffer_add_format(&line, "%s: ", name);
    buffer_add(&line, value);
    plain_text_wrap(description->out, buffer_text(&line), 0, description->width);
}

static void add_listed(struct buffer *out, text name)
{
    if (out->size)
        buffer_add(out, TEXT(", "));
    buffer_add(out, name);
}

/* A string, or a list of strings: as paginators have them. */
static void add_names(struct buffer *out, const struct json_value *names)
{
    if (!json_is(names, JSON_LIST)) {
        buffer_add(out, json_text(names));
        return;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        buffer_add(out, i ? TEXT(", ") : TEXT(""));
        buffer_add(out, json_text(&names->items[i]));
    }
}

static void write_protocol(struct description *description)
{
    const struct model *model = description->reference->model;
    struct buffer line, others;
    buffer_init(&line, description->out->arena);
    buffer_init(&others, description->out->arena);
    buffer_add_format(&line, "%s", model_protocol_name(model->protocol));
    if (model->protocol == MODEL_JSON && model->json_version.size)
        buffer_add_format(&line, " %.*s", TEXT_ARGS(model->json_version));
    for (int i = MODEL_PROTOCOL_NONE + 1; i < MODEL_PROTOCOL_COUNT; i++) {
        if (model->protocols[i] && i != (int)model->protocol)
            add_listed(&others, text_of(model_protocol_name((enum model_protocol)i)));
    }
    if (others.size)
        buffer_add_format(&line, " (also offered: %.*s)", TEXT_ARGS(buffer_text(&others)));
    write_fact(description, "Protocol", buffer_text(&line));
}

static void write_auth(struct description *description, const struct model_operation *operation)
{
    const struct model *model = description->reference->model;
    struct buffer line;
    buffer_init(&line, description->out->arena);
    bool own = operation && operation->auth_count;
    const text *schemes = own ? operation->auth : model->auth;
    for (uint32_t i = 0; i < (own ? operation->auth_count : model->auth_count); i++)
        add_listed(&line, schemes[i]);
    if (!line.size)
        buffer_add_format(&line, "signature %.*s", TEXT_ARGS(model->signature_version));
    if (operation && operation->auth_type.size)
        buffer_add_format(&line, "; %.*s", TEXT_ARGS(operation->auth_type));
    if (operation && operation->unsigned_payload)
        buffer_add(&line, TEXT("; the payload is not signed"));
    buffer_add_format(&line, "; signing name %.*s", TEXT_ARGS(model->signing_name));
    write_fact(description, "Auth", buffer_text(&line));
}

/* ---- A service ------------------------------------------------------------------------------ */

static void write_names(
    struct description *description, const char *title, const struct json_value *names)
{
    struct buffer line;
    buffer_init(&line, description->out->arena);
    for (uint32_t i = 0; names && i < names->count; i++)
        add_listed(&line, names->names[i]);
    write_fact(description, title, buffer_text(&line));
}

void describe_service(struct description *description)
{
    const struct reference *reference = description->reference;
    const struct model *model = reference->model;
    struct buffer *out = description->out;
    struct buffer operations;
    buffer_add_format(
        out, "%.*s: %.*s\n\n", TEXT_ARGS(model->service), TEXT_ARGS(model->full_name));
    write_fact(description, "Version", model->api_version);
    write_fact(description, "Service id", model->service_id);
    write_fact(description, "Endpoint prefix", model->endpoint_prefix);
    write_protocol(description);
    write_auth(description, NULL);
    write_fact(description, "HTTP/2", model->http2);
    write_fact(description, "Model", model->file);
    buffer_add_char(out, '\n');
    size_t start = out->size;
    describe_documentation(description, reference->document, 0);
    if (out->size > start)
        buffer_add_char(out, '\n');
    buffer_init(&operations, out->arena);
    for (uint32_t i = 0; i < model->operation_count; i++)
        add_listed(&operations, model->operations[i].name);
    buffer_add_format(out, "%" PRIu32 " operations\n", model->operation_count);
    plain_text_wrap(out, buffer_text(&operations), 2, description->width);
    write_names(description, "Paginated", reference->paginators);
    write_names(description, "Waiters", reference->waiters);
}

/* ---- An operation --------------------------------------------------------------------------- */

static void write_pages(struct description *description, text operation)
{
    const struct json_value *pages = json_member(description->reference->paginators, operation);
    struct buffer line;
    if (!pages)
        return;
    buffer_init(&line, description->out->arena);
    add_names(&line, json_member(pages, TEXT("result_key")));
    buffer_add(&line, TEXT("; from "));
    add_names(&line, json_member(pages, TEXT("output_token")));
    buffer_add(&line, TEXT(" to "));
    add_names(&line, json_member(pages, TEXT("input_token")));
    if (json_member(pages, TEXT("more_results"))) {
        buffer_add(&line, TEXT(" while "));
        add_names(&line, json_member(pages, TEXT("more_results")));
    }
    if (json_member(pages, TEXT("limit_key"))) {
        buffer_add(&line, TEXT("; page size "));
        add_names(&line, json_member(pages, TEXT("limit_key")));
    }
    write_fact(description, "Pages of", buffer_text(&line));
}

static void write_waiters(struct description *description, text operation)
{
    const struct json_value *waiters = description->reference->waiters;
    struct buffer line;
    buffer_init(&line, description->out->arena);
    for (uint32_t i = 0; waiters && i < waiters->count; i++) {
        const struct json_value *waiter = &waiters->items[i];
        if (!text_equals(json_text(json_member(waiter, TEXT("operation"))), operation))
            continue;
        add_listed(&line, waiters->names[i]);
        buffer_add_format(
            &line, " (every %lld s, %lld times)",
            (long long)json_i64(json_member(waiter, TEXT("delay")), 0),
            (long long)json_i64(json_member(waiter, TEXT("maxAttempts")), 0));
    }
    write_fact(description, "Waiters", buffer_text(&line));
}

static void write_streams(
    struct description *description, const char *title, const struct model_member *member)
{
    struct buffer line;
    if (!member)
        return;
    buffer_init(&line, description->out->arena);
    buffer_add_format(
        &line, "%.*s, %s", TEXT_ARGS(member->name),
        member->shape->event_stream ? "a stream of events" : "a stream of bytes");
    if (member->requires_length)
        buffer_add(&line, TEXT(" whose length must be known"));
    write_fact(description, title, buffer_text(&line));
}

static void write_traits(struct description *description, const struct model_operation *operation)
{
    struct buffer line;
    buffer_init(&line, description->out->arena);
    const struct trait {
        bool is;
        const char *what;
    } traits[] = {
        {operation->idempotent, "idempotent"},
        {operation->readonly, "read only"},
        {operation->deprecated, "deprecated"},
        {operation->checksum_required, "a checksum is required"},
        {operation->compression_count > 0, "the request may be compressed"},
        {operation->discovery_required, "its endpoint must be discovered"},
        {operation->discovers_endpoint && !operation->discovery_required,
         "its endpoint may be discovered"},
    };
    for (size_t i = 0; i < COUNT_OF(traits); i++) {
        if (traits[i].is)
            add_listed(&line, text_of(traits[i].what));
    }
    write_fact(description, "Besides", buffer_text(&line));
}

static void write_errors(struct description *description, const struct model_operation *operation)
{
    struct buffer line;
    buffer_init(&line, description->out->arena);
    for (uint32_t i = 0; i < operation->error_count; i++) {
        const struct model_shape *error = operation->errors[i];
        add_listed(&line, error->error_code.size ? error->error_code : error->name);
        if (error->http_status)
            buffer_add_format(&line, " (HTTP %d)", error->http_status);
    }
    write_fact(description, "Errors", buffer_text(&line));
}

static void write_tree(
    struct description *description, const char *title, const struct model_shape *shape)
{
    buffer_add_format(description->out, "\n%s", title);
    if (!shape || !shape->member_count) {
        buffer_add(description->out, TEXT(": nothing\n"));
        return;
    }
    buffer_add_format(description->out, ": %.*s\n", TEXT_ARGS(shape->name));
    map_init(&description->shown, description->out->arena);
    describe_members(description, shape, 2);
}

void describe_operation(struct description *description, const struct model_operation *operation)
{
    const struct model *model = operation->model;
    struct buffer *out = description->out;
    const struct json_value *operations =
        json_member(description->reference->document, TEXT("operations"));
    buffer_add_format(
        out, "%.*s of %.*s, %.*s\n\n", TEXT_ARGS(operation->name), TEXT_ARGS(model->service),
        TEXT_ARGS(model->full_name));
    size_t start = out->size;
    describe_documentation(description, json_member(operations, operation->name), 2);
    if (out->size > start)
        buffer_add_char(out, '\n');
    buffer_add_format(
        out, "HTTP: %.*s %.*s\n", TEXT_ARGS(operation->method), TEXT_ARGS(operation->request_uri));
    write_protocol(description);
    write_auth(description, operation);
    write_streams(description, "Input body", operation->input_stream);
    write_streams(description, "Output body", operation->output_stream);
    write_pages(description, operation->name);
    write_waiters(description, operation->name);
    write_traits(description, operation);
    write_errors(description, operation);
    write_tree(description, "Input", operation->input);
    write_tree(description, "Output", operation->output);
}
