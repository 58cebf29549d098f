/* Response bodies of any kind give output that is JSON, or one line; in all protocols. The first
 * byte chooses the protocol and whether it is an error. */
#include "toys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct toys *toys;
    static struct http_header headers[] = {
        {TEXT_INIT("ETag"), TEXT_INIT("\"e\"")}, {TEXT_INIT("x-meta-a"), TEXT_INIT("b")}};
    if (!toys)
        toys = toys_new();
    if (size == 0)
        return 0;
    struct protocol_output output;
    struct json_problem problem;
    inia_error error = {0};
    struct http_response response = {
        .status = data[0] & 8 ? 400 : 200,
        .reason = TEXT("Reason"),
        .headers = headers,
        .header_count = COUNT_OF(headers)};
    inia_status status = protocol_parse(
        toys->put[(data[0] & 7) % TOYS], &toys->readers, &response, text_from(data + 1, size - 1),
        &toys->call, &output, &error);
    if (status == INIA_OK)
        check(json_parse(toys->readers.json, output.json, &toys->call, &problem));
    else
        check(status == INIA_BAD_RESPONSE && error.detail[0]);
    arena_clear(&toys->call);
    return 0;
}
