/* A rule set from foreign bytes: compiled or refused, then resolved and remembered. The same bytes
 * as a partitions file, as a pattern and as a path into an operation's input. */
#include "endpoints/endpoints.h"
#include "endpoints/gather.h"
#include "endpoints/pattern.h"
#include "formats/json.h"

#include <stdlib.h>

static const char partitions_text[] =
    "{\"partitions\": [{\"id\": \"aws\", \"regionRegex\": \"^(us|eu)\\\\-\\\\w+\\\\-\\\\d+$\","
    "\"regions\": {\"us-east-1\": {}}, \"outputs\": {\"name\": \"aws\", \"dnsSuffix\":"
    "\"amazonaws.com\", \"dualStackDnsSuffix\": \"api.aws\", \"supportsFIPS\": true,"
    "\"supportsDualStack\": true, \"implicitGlobalRegion\": \"us-east-1\"}}]}";

/* From every place a value could come from, so that most functions see something to chew. */
static void give_values(
    struct endpoint_values *values, const struct endpoint_rules *rules, unsigned round)
{
    static const text strings[] = {
        TEXT_INIT("us-east-1"),
        TEXT_INIT("arn:aws:s3:us-east-1:1:accesspoint/name:more"),
        TEXT_INIT("https://[::1]:8080/path"),
        TEXT_INIT("bucket--use1-az4--x-s3"),
        TEXT_INIT(""),
    };
    size_t count;
    const struct endpoint_parameter *parameters = endpoint_rules_parameters(rules, &count);
    for (size_t i = 0; i < count; i++) {
        unsigned pick = (round + (unsigned)i) % COUNT_OF(strings);
        if (parameters[i].kind == ENDPOINT_STRING)
            endpoint_value_set_string(values, (int)i, strings[pick]);
        else if (parameters[i].kind == ENDPOINT_BOOLEAN)
            endpoint_value_set_boolean(values, (int)i, (round >> (i % 3)) & 1);
        else
            endpoint_value_set_list(values, (int)i, strings, pick);
    }
}

static void resolve_all(const struct endpoint_rules *rules, struct slab *blocks)
{
    struct arena arena;
    struct endpoint_memo memo;
    arena_init(&arena, blocks);
    endpoint_memo_init(&memo, blocks);
    for (unsigned round = 0; round < 16; round++) {
        struct endpoint_values values;
        struct endpoint plain, remembered;
        inia_error error;
        endpoint_values_init(&values, rules);
        if (round)
            give_values(&values, rules, round / 2);
        inia_status status = endpoint_resolve(rules, &values, &arena, &plain, &error);
        inia_status again =
            endpoint_memo_resolve(&memo, rules, &values, &arena, &remembered, &error);
        if (status != again || !text_equals(plain.url, remembered.url) ||
            !text_equals(plain.refusal, remembered.refusal))
            abort();
        arena_clear(&arena);
    }
    endpoint_memo_release(&memo);
    arena_release(&arena);
}

static void read_otherwise(text bytes, const struct json_value *foreign, struct arena *arena)
{
    struct pattern pattern;
    const char *problem;
    if (!pattern_compile(&pattern, bytes, arena))
        (void)pattern_matches(&pattern, bytes);
    struct gather *gather = gather_new(bytes, arena, &problem);
    if (gather)
        (void)gather_strings(gather, foreign, NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    struct json_problem problem;
    inia_error error;
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 16);
    arena_init(&arena, &blocks);
    struct json_parser *parser = json_parser_new();
    const struct json_value *document = json_parse(
        parser, text_from(partitions_text, sizeof partitions_text - 1), &arena, &problem);
    struct endpoint_partitions *partitions = endpoint_partitions_new(document, &arena, &error);
    if (!partitions)
        abort();
    const struct json_value *foreign = json_parse(parser, text_from(data, size), &arena, &problem);
    if (foreign) {
        struct endpoint_rules *rules = endpoint_rules_new(foreign, partitions, &arena, &error);
        if (rules)
            resolve_all(rules, &blocks);
        if (endpoint_partitions_new(foreign, &arena, &error))
            endpoint_partitions_find(partitions, text_from(data, size));
    }
    read_otherwise(text_from(data, size), foreign, &arena);
    json_parser_free(parser);
    arena_release(&arena);
    slab_release(&blocks);
    return 0;
}
