/* The compliance suite of vectors/jmespath, and every expression of botocore's paginators and
 * waiters. */
#include "vectors.h"

#include <dirent.h>

struct suite {
    struct bench bench;
    struct tally tally;
};

/* Members in any order, numbers by value, as the suite's own runners compare. */
static bool same_value(const struct json_value *a, const struct json_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == JSON_STRING)
        return text_equals(a->string, b->string);
    if (a->kind == JSON_NUMBER)
        return strtod(a->string.data, NULL) == strtod(b->string.data, NULL);
    if (a->kind != JSON_LIST && a->kind != JSON_OBJECT)
        return true;
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        const struct json_value *other =
            a->kind == JSON_LIST ? json_item(b, i) : json_member(b, a->names[i]);
        if (!other || !same_value(&a->items[i], other))
            return false;
    }
    return a->count == b->count;
}

static bool case_passes(
    struct suite *suite, const struct json_value *given, const struct json_value *one)
{
    struct arena *arena = &suite->bench.arena;
    struct jmespath_problem problem;
    const struct json_value *result = json_member(one, TEXT("result"));
    text error = json_member_text(one, "error"), expression = json_member_text(one, "expression");
    const struct jmespath *path = jmespath_compile(expression, arena, &problem);
    const struct json_value *found = path ? jmespath_search(path, given, arena, &problem) : NULL;
    if (error.data)
        return !found && text_equals(error, text_of(jmespath_error_name(problem.error)));
    if (!found)
        printf("%s at %zu: %s\n", jmespath_error_name(problem.error), problem.offset, problem.what);
    return found && (!result || same_value(found, result));
}

static void run_file(struct suite *suite, const char *name)
{
    const struct json_value *groups = vector_json(&suite->bench, vector_path("jmespath/%s", name));
    for (size_t i = 0; i < groups->count; i++) {
        const struct json_value *given = json_member(json_item(groups, i), TEXT("given"));
        const struct json_value *cases = json_member(json_item(groups, i), TEXT("cases"));
        for (size_t j = 0; j < cases->count; j++) {
            const struct json_value *one = json_item(cases, j);
            tally_case(
                &suite->tally, case_passes(suite, given, one), name,
                json_member_text(one, "expression"));
        }
    }
}

TEST(the_compliance_suite_finds_what_it_should)
{
    struct suite suite = {.tally.group = "jmespath"};
    struct dirent *entry;
    bench_init(&suite.bench);
    DIR *folder = opendir(vector_path("jmespath"));
    if (!folder)
        SKIP("no folder jmespath in these vectors");
    while ((entry = readdir(folder)))
        if (text_ends_with(text_of(entry->d_name), TEXT(".json")))
            run_file(&suite, entry->d_name);
    closedir(folder);
    tally_finish(&suite.tally, "");
    bench_release(&suite.bench);
}

TEST(all_expressions_of_paginators_and_waiters_compile)
{
    struct bench bench;
    struct tally tally = {.group = "paginators-waiters/expressions"};
    bench_init(&bench);
    const char *path = vector_path("paginators-waiters/expressions.json");
    if (!vector_exists(path))
        SKIP("no paginators-waiters/expressions.json in these vectors");
    const struct json_value *all = vector_json(&bench, path);
    for (size_t i = 0; i < all->count; i++) {
        struct jmespath_problem problem;
        text expression = json_member_text(json_item(all, i), "expression");
        bool compiles = jmespath_compile(expression, &bench.arena, &problem) != NULL;
        tally_case(&tally, compiles, compiles ? "" : problem.what, expression);
    }
    tally_finish(&tally, "");
    bench_release(&bench);
}
