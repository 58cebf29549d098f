#include "reading.h"

static const char small[] =
    "{\"pagination\":{"
    "\"List\":{\"input_token\":\"Marker\",\"output_token\":\"NextMarker || Items[-1].Key\","
    "\"more_results\":\"More\",\"result_key\":\"Items\",\"limit_key\":\"Max\"},"
    "\"Both\":{\"input_token\":[\"A\",\"B\"],\"output_token\":[\"NextA\",\"Next.B\"],"
    "\"result_key\":[\"X\",\"Y.Z\"],\"non_aggregate_keys\":[\"Owner\"]},"
    "\"Bare\":{\"input_token\":\"T\",\"output_token\":\"T\"}}}";

static const struct model_paginator *find(
    struct reading *reading, struct model_paginators *paginators, const char *name)
{
    if (!paginators_parse(
            paginators, TEXT("toys.json"), text_of(small), (text){NULL, 0}, &reading->arena,
            &reading->error))
        FAIL("%s", reading->error.detail);
    const struct model_paginator *paginator = paginators_find(paginators, text_of(name));
    CHECK(paginator != NULL);
    return paginator;
}

TEST(every_part_of_a_paginator_is_kept)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *list = find(&reading, &all, "List");
    CHECK_EQ(list->token_count, 1);
    CHECK_TEXT(list->input_tokens[0].data, "Marker");
    CHECK_TEXT(list->output_tokens[0].written.data, "NextMarker || Items[-1].Key");
    CHECK(list->more_results.path && list->fixed_count == 0);
    CHECK_TEXT(list->limit_key.data, "Max");
    const struct model_paginator *both = paginators_find(&all, TEXT("Both"));
    CHECK_EQ(both->token_count, 2);
    CHECK_TEXT(both->results[1].written.data, "Y.Z");
    CHECK_TEXT(both->fixed[0].written.data, "Owner");
    CHECK(!both->more_results.path && !both->limit_key.data);
    CHECK_EQ(paginators_find(&all, TEXT("Bare"))->result_count, 0);
    CHECK(!paginators_find(&all, TEXT("Absent")));
    reading_end(&reading);
}

TEST(extras_are_merged_into_paginators)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const char *extras = "{\"merge\":{\"pagination\":{\"List\":{\"non_aggregate_keys\":[\"Q\"]}}}}";
    CHECK(paginators_parse(
        &all, TEXT("toys.json"), text_of(small), text_of(extras), &reading.arena, &reading.error));
    CHECK_TEXT(paginators_find(&all, TEXT("List"))->fixed[0].written.data, "Q");
    reading_end(&reading);
}

static bool parse(struct reading *reading, const char *written)
{
    struct model_paginators all;
    return paginators_parse(
        &all, TEXT("toys.json"), text_of(written), (text){NULL, 0}, &reading->arena,
        &reading->error);
}

TEST(paginators_that_are_wrong_are_refused_with_file_and_place)
{
    static const struct reading_refusal refusals[] = {
        {"{", "toys.json:1:2: the text ends too early"},
        {"{}", "toys.json: pagination: not an object"},
        {"{\"pagination\":{\"A\":1}}", "toys.json: A: not an object"},
        {"{\"pagination\":{\"A\":{}}}", "toys.json: A.input_token: is missing"},
        {"{\"pagination\":{\"A\":{\"input_token\":[]}}}", "toys.json: A.input_token: is missing"},
        {"{\"pagination\":{\"A\":{\"input_token\":[1]}}}",
         "toys.json: A.input_token: a string, or a list of them, is wanted"},
        {"{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":[\"a\",\"b\"]}}}",
         "toys.json: A.output_token: 2 for 1 input tokens"},
        {"{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":\"a.\"}}}",
         "toys.json: A.output_token: the expression 'a.' is wrong at 2: "},
        {"{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":\"a\",\"more_results\":["
         "\"a\",\"b\"]}}}",
         "toys.json: A.more_results: one string is wanted"},
        {"{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":\"a\",\"more_results\":"
         "\"a;\"}}}",
         "toys.json: A.more_results: the expression 'a;' is wrong at 1: "},
        {"{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":\"a\",\"limit_key\":3}}}",
         "toys.json: A.limit_key: a string is wanted"},
    };
    reading_refuses(parse, refusals, COUNT_OF(refusals));
}

TEST(paginators_that_find_no_memory_say_so)
{
    reading_lacks_memory(parse, small);
}

/* ---- From page to page -------------------------------------------------------------------- */

struct turn {
    enum page_after after;
    const char *params;
    bool repeated;
};

static struct turn turn_page(
    struct reading *reading, const struct model_paginator *paginator, const char *params,
    const char *output)
{
    const struct json_value **tokens;
    struct jmespath_problem problem;
    struct turn turn = {0};
    const struct json_value *old = reading_json(reading, params);
    turn.after =
        page_after(paginator, reading_json(reading, output), &reading->arena, &tokens, &problem);
    if (turn.after != PAGE_MORE)
        return turn;
    turn.repeated = page_is_repeated(paginator, old, tokens);
    turn.params = reading_text(reading, page_params(paginator, old, tokens, &reading->arena));
    return turn;
}

TEST(tokens_go_from_an_output_into_the_next_parameters)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *list = find(&reading, &all, "List");
    struct turn turn =
        turn_page(&reading, list, "{\"P\":[1]}", "{\"More\":true,\"NextMarker\":\"n\"}");
    CHECK_EQ(turn.after, PAGE_MORE);
    CHECK_TEXT(turn.params, "{\"P\":[1],\"Marker\":\"n\"}");
    turn = turn_page(
        &reading, list, "{\"Marker\":\"n\",\"P\":{}}",
        "{\"More\":true,\"Items\":[{\"Key\":\"a\"},{\"Key\":\"b\"}]}");
    CHECK_TEXT(turn.params, "{\"P\":{},\"Marker\":\"b\"}");
    CHECK(!turn.repeated);
    reading_end(&reading);
}

TEST(what_is_null_false_zero_or_empty_is_no_token)
{
    static const char *const ends[] = {
        "{}",          "{\"T\":null}", "{\"T\":\"\"}", "{\"T\":0}",
        "{\"T\":0.0}", "{\"T\":{}}",   "{\"T\":[]}",   "{\"T\":false}",
    };
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *bare = find(&reading, &all, "Bare");
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        CHECK_EQ(turn_page(&reading, bare, "{}", ends[i]).after, PAGE_NONE);
    CHECK_TEXT(turn_page(&reading, bare, "{}", "{\"T\":7}").params, "{\"T\":7}");
    reading_end(&reading);
}

TEST(more_results_decides_whatever_the_tokens_say)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *list = find(&reading, &all, "List");
    CHECK_EQ(turn_page(&reading, list, "{}", "{\"NextMarker\":\"n\"}").after, PAGE_NONE);
    CHECK_EQ(
        turn_page(&reading, list, "{}", "{\"More\":false,\"NextMarker\":\"n\"}").after, PAGE_NONE);
    CHECK_EQ(turn_page(&reading, list, "{}", "{\"More\":true}").after, PAGE_NONE);
    reading_end(&reading);
}

TEST(of_several_tokens_those_that_are_missing_leave_the_parameters)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *both = find(&reading, &all, "Both");
    struct turn turn = turn_page(
        &reading, both, "{\"A\":\"1\",\"B\":\"2\",\"C\":3}", "{\"NextA\":\"4\",\"Next\":{}}");
    CHECK_TEXT(turn.params, "{\"C\":3,\"A\":\"4\"}");
    turn = turn_page(
        &reading, both, "{\"A\":\"1\"}", "{\"NextA\":\"None\",\"Next\":{\"B\":{\"x\":1}}}");
    CHECK_TEXT(turn.params, "{\"B\":{\"x\":1}}");
    reading_end(&reading);
}

TEST(tokens_that_are_there_already_are_noticed)
{
    struct reading reading;
    struct model_paginators all;
    reading_begin(&reading);
    const struct model_paginator *both = find(&reading, &all, "Both");
    const char *output = "{\"NextA\":{\"k\":[1.0]},\"Next\":{\"B\":\"x\"}}";
    CHECK(turn_page(&reading, both, "{\"B\":\"x\",\"A\":{\"k\":[1]}}", output).repeated);
    CHECK(!turn_page(&reading, both, "{\"B\":\"x\",\"A\":{\"k\":[2]}}", output).repeated);
    CHECK(!turn_page(&reading, both, "{\"B\":\"x\"}", output).repeated);
    CHECK(!turn_page(&reading, both, "{\"B\":\"x\",\"A\":1}", "{\"Next\":{\"B\":\"x\"}}").repeated);
    CHECK(turn_page(&reading, both, "{\"B\":\"x\"}", "{\"Next\":{\"B\":\"x\"}}").repeated);
    reading_end(&reading);
}

TEST(a_page_that_an_expression_cannot_take_is_told)
{
    struct reading reading;
    struct model_paginators all;
    struct jmespath_problem problem = {0};
    const struct json_value **tokens;
    const char *written = "{\"pagination\":{\"A\":{\"input_token\":\"a\",\"output_token\":"
                          "\"length(a)\"}}}";
    reading_begin(&reading);
    CHECK(paginators_parse(
        &all, TEXT("t"), text_of(written), (text){NULL, 0}, &reading.arena, &reading.error));
    CHECK_EQ(
        page_after(
            paginators_find(&all, TEXT("A")), reading_json(&reading, "{\"a\":1}"), &reading.arena,
            &tokens, &problem),
        PAGE_UNKNOWN);
    CHECK_EQ(problem.error, JMESPATH_INVALID_TYPE);
    reading_end(&reading);
}

/* ---- All there are ------------------------------------------------------------------------- */

TEST(the_paginators_of_every_installed_model_load)
{
    struct reading reading;
    text *services;
    size_t count, total = 0, strange = 0;
    reading_begin(&reading);
    const char *folders = NULL;
    CHECK(models_list_services(folders, &reading.arena, &services, &count));
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct model_paginators all;
        struct model *model = model_load(folders, services[i], (text){NULL, 0}, &reading.error);
        if (!model || !paginators_load(&all, folders, model, &reading.arena, &reading.error))
            FAIL("%s", reading.error.detail);
        struct map_entry *e = NULL;
        while ((e = map_next(&all.by_operation, e))) {
            const struct model_operation *operation = model_find_operation(model, e->key);
            const struct model_paginator *paginator = e->value;
            for (uint32_t k = 0; operation && k < paginator->token_count; k++)
                strange += !model_find_member(operation->input, paginator->input_tokens[k]);
        }
        total += all.by_operation.count;
        model_free(model);
    }
    printf("%zu paginators of %zu services\n", total, count);
    CHECK(total > 0);
    CHECK_EQ(strange, 0);
    reading_end(&reading);
}
