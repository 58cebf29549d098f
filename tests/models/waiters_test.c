#include "reading.h"

static const char small[] =
    "{\"version\":2,\"waiters\":{\"ToyReady\":{\"operation\":\"GetToy\",\"delay\":15,"
    "\"maxAttempts\":40,\"description\":\"x\",\"acceptors\":["
    "{\"matcher\":\"path\",\"argument\":\"Toy.State\",\"expected\":\"READY\",\"state\":\"success\"}"
    ","
    "{\"matcher\":\"pathAll\",\"argument\":\"Parts[].Ok\",\"expected\":true,\"state\":\"success\"},"
    "{\"matcher\":\"pathAny\",\"argument\":\"Parts[].State\",\"expected\":\"BROKEN\","
    "\"state\":\"failure\"},"
    "{\"matcher\":\"status\",\"expected\":202,\"state\":\"retry\"},"
    "{\"matcher\":\"error\",\"expected\":\"ToyBusy\",\"state\":\"retry\"},"
    "{\"matcher\":\"error\",\"expected\":true,\"state\":\"failure\"}]},"
    "\"ToyQuiet\":{\"operation\":\"GetToy\",\"delay\":1,\"maxAttempts\":2,\"acceptors\":["
    "{\"matcher\":\"path\",\"argument\":\"length(Toys) == `0`\",\"expected\":true,"
    "\"state\":\"success\"},"
    "{\"matcher\":\"error\",\"expected\":false,\"state\":\"success\"}]}}}";

static const struct model_waiter *find(
    struct reading *reading, struct model_waiters *waiters, const char *name)
{
    if (!waiters_parse(
            waiters, TEXT("toys"), TEXT("toys.json"), text_of(small), (text){NULL, 0},
            &reading->arena, &reading->error))
        FAIL("%s", reading->error.detail);
    const struct model_waiter *waiter = waiters_require(waiters, text_of(name), &reading->error);
    CHECK(waiter != NULL);
    return waiter;
}

TEST(every_part_of_a_waiter_is_kept)
{
    struct reading reading;
    struct model_waiters all;
    reading_begin(&reading);
    const struct model_waiter *ready = find(&reading, &all, "ToyReady");
    CHECK_TEXT(ready->operation.data, "GetToy");
    CHECK_EQ(ready->delay_s, 15);
    CHECK_EQ(ready->max_attempts, 40);
    CHECK_EQ(ready->acceptor_count, 6);
    CHECK_EQ(ready->acceptors[1].matcher, WAITER_PATH_ALL);
    CHECK_EQ(ready->acceptors[2].state, WAITER_FAILURE);
    CHECK_TEXT(ready->acceptors[2].argument.written.data, "Parts[].State");
    CHECK_TEXT(ready->acceptors[4].expected->string.data, "ToyBusy");
    CHECK(!waiters_require(&all, TEXT("ToyRedy"), &reading.error));
    CHECK_TEXT(reading.error.detail, "unknown waiter 'ToyRedy' of toys: did you mean 'ToyReady'?");
    reading_end(&reading);
}

#define ONE(acceptor)                                                                              \
    "{\"version\":2,\"waiters\":{\"A\":{\"operation\":\"O\",\"delay\":1,\"maxAttempts\":1,"        \
    "\"acceptors\":[" acceptor "]}}}"

static bool parse(struct reading *reading, const char *written)
{
    struct model_waiters all;
    return waiters_parse(
        &all, TEXT("toys"), TEXT("toys.json"), text_of(written), (text){NULL, 0}, &reading->arena,
        &reading->error);
}

TEST(waiters_that_are_wrong_are_refused_with_file_and_place)
{
    static const struct reading_refusal refusals[] = {
        {"[", "toys.json:1:2: the text ends too early"},
        {"{}", "toys.json: version: only 2 is known"},
        {"{\"version\":2}", "toys.json: waiters: not an object"},
        {"{\"version\":2,\"waiters\":{\"A\":[]}}", "toys.json: A.operation: is missing"},
        {"{\"version\":2,\"waiters\":{\"A\":{\"operation\":\"O\"}}}",
         "toys.json: A.delay: a number from 0 to 86400 is wanted"},
        {"{\"version\":2,\"waiters\":{\"A\":{\"operation\":\"O\",\"delay\":1,\"maxAttempts\":-2}}}",
         "toys.json: A.maxAttempts: a number from 0 to 1000000 is wanted"},
        {"{\"version\":2,\"waiters\":{\"A\":{\"operation\":\"O\",\"delay\":1,\"maxAttempts\":2}}}",
         "toys.json: A.acceptors: not a list"},
        {ONE("7"), "toys.json: A.matcher: a string is wanted"},
        {ONE("{\"matcher\":\"moon\"}"), "toys.json: A.matcher: 'moon' is unknown"},
        {ONE("{\"matcher\":\"path\",\"state\":\"x\"}"), "toys.json: A.state: 'x' is unknown"},
        {ONE("{\"matcher\":\"path\",\"state\":\"retry\"}"), "toys.json: A.expected: is missing"},
        {ONE("{\"matcher\":\"path\",\"state\":\"retry\",\"expected\":1}"),
         "toys.json: A.argument: is missing"},
        {ONE("{\"matcher\":\"path\",\"state\":\"retry\",\"expected\":1,\"argument\":\"[\"}"),
         "toys.json: A.argument: the expression '[' is wrong at 1: "},
        {ONE("{\"matcher\":\"status\",\"state\":\"retry\",\"expected\":\"200\"}"),
         "toys.json: A.expected: does not go with the matcher status"},
        {ONE("{\"matcher\":\"error\",\"state\":\"retry\",\"expected\":200}"),
         "toys.json: A.expected: does not go with the matcher error"},
    };
    reading_refuses(parse, refusals, COUNT_OF(refusals));
}

TEST(waiters_that_find_no_memory_say_so)
{
    reading_lacks_memory(parse, small);
}

/* ---- Looking ------------------------------------------------------------------------------- */

/* The acceptor that matches, as explained; "-" for none. */
static const char *look(
    struct reading *reading, const char *waiter, int http_status, const char *error_code,
    const char *output)
{
    struct model_waiters all;
    struct jmespath_problem problem;
    struct waiter_answer answer = {http_status, text_of(error_code), reading_json(reading, output)};
    const struct waiter_acceptor *acceptor =
        waiter_accepts(find(reading, &all, waiter), &answer, &reading->arena, &problem);
    if (problem.what)
        return problem.what;
    if (!acceptor)
        return "-";
    struct buffer out;
    buffer_init(&out, &reading->arena);
    waiter_explain(acceptor, &out);
    return buffer_string(&out);
}

TEST(the_first_acceptor_that_matches_decides)
{
    static const struct {
        int http_status;
        const char *error_code, *output, *matched;
    } looks[] = {
        {200, NULL, "{}", "-"},
        {200, NULL, "{\"Toy\":{\"State\":\"READY\"}}", "Toy.State is READY"},
        {202, NULL, "{\"Toy\":{\"State\":\"READY\"}}", "Toy.State is READY"},
        {200, NULL, "{\"Toy\":{\"State\":\"READYING\"}}", "-"},
        {202, NULL, "{}", "the HTTP status is 202"},
        {200, NULL, "{\"Parts\":[{\"Ok\":true},{\"Ok\":true}]}", "each of Parts[].Ok is true"},
        {200, NULL, "{\"Parts\":[{\"Ok\":true},{\"Ok\":false}]}", "-"},
        {200, NULL, "{\"Parts\":[{\"Ok\":true},{\"Ok\":\"true\"}]}", "-"},
        {200, NULL, "{\"Parts\":[]}", "-"},
        {200, NULL, "{\"Parts\":[{\"State\":\"FINE\"},{\"State\":\"BROKEN\"}]}",
         "one of Parts[].State is BROKEN"},
        {200, NULL, "{\"Parts\":[{\"State\":\"FINE\"}]}", "-"},
        {400, "ToyBusy", "{}", "the error is ToyBusy"},
        {400, "ToyLost", "{}", "an error"},
        {400, "", "{}", "an error"},
        {400, "ToyLost", "{\"Toy\":{\"State\":\"READY\"}}", "an error"},
        {202, "ToyLost", "{}", "the HTTP status is 202"},
    };
    struct reading reading;
    reading_begin(&reading);
    for (size_t i = 0; i < COUNT_OF(looks); i++)
        CHECK_TEXT(
            look(&reading, "ToyReady", looks[i].http_status, looks[i].error_code, looks[i].output),
            looks[i].matched);
    reading_end(&reading);
}

TEST(no_error_may_be_expected_too)
{
    struct reading reading;
    reading_begin(&reading);
    CHECK_TEXT(look(&reading, "ToyQuiet", 200, NULL, "{\"Toys\":[1]}"), "no error");
    CHECK_TEXT(
        look(&reading, "ToyQuiet", 200, NULL, "{\"Toys\":[]}"), "length(Toys) == `0` is true");
    CHECK_TEXT(look(&reading, "ToyQuiet", 400, "ToyBusy", "{}"), "-");
    reading_end(&reading);
}

TEST(an_output_that_an_expression_cannot_take_is_told)
{
    struct reading reading;
    reading_begin(&reading);
    const char *what = look(&reading, "ToyQuiet", 200, NULL, "{\"Toys\":7}");
    CHECK(what[0] && strcmp(what, "-") != 0 && strcmp(what, "no error") != 0);
    reading_end(&reading);
}

/* ---- All there are --------------------------------------------------------------------------- */

TEST(the_waiters_of_every_installed_model_load)
{
    struct reading reading;
    text *services;
    size_t count, total = 0, strange = 0;
    reading_begin(&reading);
    CHECK(models_list_services(NULL, &reading.arena, &services, &count));
    CHECK(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct model_waiters all;
        struct model *model = model_load(NULL, services[i], (text){NULL, 0}, &reading.error);
        if (!model || !waiters_load(&all, NULL, model, &reading.arena, &reading.error))
            FAIL("%s", reading.error.detail);
        struct map_entry *e = NULL;
        while ((e = map_next(&all.by_name, e))) {
            const struct model_waiter *waiter = e->value;
            strange += !model_find_operation(model, waiter->operation);
        }
        total += all.by_name.count;
        model_free(model);
    }
    printf("%zu waiters of %zu services\n", total, count);
    CHECK(total > 0);
    CHECK_EQ(strange, 0);
    reading_end(&reading);
}
