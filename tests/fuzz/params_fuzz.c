/* Parameters of any kind give a request whose head is sound, or one line; in all protocols. */
#include "toys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void build(struct toys *toys, const struct protocol_plan *plan, text json)
{
    struct json_value *object;
    struct random_source random = {1};
    inia_error error = {0};
    inia_status status =
        protocol_read_params(plan, toys->readers.json, json, NULL, &toys->call, &object, &error);
    struct protocol_input input = {.params = object, .random = &random};
    struct protocol_request request;
    if (status == INIA_OK)
        status = protocol_build(plan, &input, &toys->call, &request, &error);
    if (status != INIA_OK) {
        check(status == INIA_BAD_REQUEST && error.detail[0]);
        return;
    }
    check(request.draft.path.size && request.draft.path.data[0] == '/');
    check(http_is_field_value(request.draft.path) && http_is_field_value(request.draft.query));
    for (size_t i = 0; i < request.draft.header_count; i++)
        check(http_is_field_value(request.draft.headers[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct toys *toys;
    if (!toys)
        toys = toys_new();
    for (size_t i = 0; i < TOYS; i++)
        build(toys, toys->put[i], text_from(data, size));
    arena_clear(&toys->call);
    return 0;
}
