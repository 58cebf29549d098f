#include "endpoints/endpoints.h"
#include "formats/json.h"
#include "models/models.h"

#include "test.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_FAILURES_TOLD = 20 };

/* What one test holds: memory that goes with it, and counts. */
struct bench {
    struct budget budget;
    struct slab blocks;
    struct arena arena; /* until the end */
    struct arena file;  /* of one file's documents */
    struct arena case_arena;
    struct json_parser *parser;
    struct endpoint_partitions *partitions;
    const char *group;
    int passed, total;
};

static const struct json_value *read_json(
    struct bench *bench, struct arena *arena, const char *path)
{
    size_t size;
    struct json_problem problem;
    char *bytes = test_read_file(path, &size);
    const struct json_value *root =
        json_parse(bench->parser, text_from(bytes, size), arena, &problem);
    free(bytes);
    if (!root)
        FAIL("%s:%zu:%zu: %s", path, problem.line, problem.column, problem.what);
    return root;
}

static const char *in_vectors(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", test_vectors(), name);
    return path;
}

static void bench_init(struct bench *bench, const char *group)
{
    inia_error error;
    *bench = (struct bench){.group = group};
    budget_init(&bench->budget, 1UL << 30);
    slab_init(&bench->blocks, &bench->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&bench->arena, &bench->blocks);
    arena_init(&bench->file, &bench->blocks);
    arena_init(&bench->case_arena, &bench->blocks);
    bench->parser = json_parser_new();
    CHECK(bench->parser != NULL);
    const struct json_value *document =
        read_json(bench, &bench->arena, in_vectors("partitions/partitions.json"));
    bench->partitions = endpoint_partitions_new(document, &bench->arena, &error);
    if (!bench->partitions)
        FAIL("%s", error.detail);
}

static void bench_release(struct bench *bench)
{
    printf("%s: %d/%d\n", bench->group, bench->passed, bench->total);
    json_parser_free(bench->parser);
    arena_release(&bench->case_arena);
    arena_release(&bench->file);
    arena_release(&bench->arena);
    slab_release(&bench->blocks);
    int passed = bench->passed, total = bench->total;
    CHECK_EQ(passed, total);
    CHECK(total > 0);
}

static void tell(const struct bench *bench, const char *where, const char *what)
{
    if (bench->total - bench->passed <= MOST_FAILURES_TOLD)
        printf("  %s: %s: %s\n", bench->group, where, what);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static bool json_equals(const struct json_value *a, const struct json_value *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == JSON_STRING || a->kind == JSON_NUMBER)
        return text_equals(a->string, b->string);
    if (a->kind != JSON_LIST && a->kind != JSON_OBJECT)
        return true;
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct json_value *other =
            a->kind == JSON_LIST ? &b->items[i] : json_member(b, a->names[i]);
        if (!other || !json_equals(&a->items[i], other))
            return false;
    }
    return true;
}

static bool texts_equal(const struct json_value *list, const text *texts, size_t count)
{
    if (!json_is(list, JSON_LIST) || list->count != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!text_equals(json_text(&list->items[i]), texts[i]))
            return false;
    }
    return true;
}

/* Absent on both sides, or equal. */
static bool member_equals(const struct json_value *object, text name, text actual)
{
    const struct json_value *member = json_member(object, name);
    return member ? json_is(member, JSON_STRING) && text_equals(member->string, actual)
                  : actual.data == NULL;
}

static bool auth_scheme_equals(
    const struct json_value *wanted, const struct endpoint_auth_scheme *actual)
{
    const struct json_value *regions = json_member(wanted, TEXT("signingRegionSet"));
    int members = (actual->name.data != NULL) + (actual->signing_name.data != NULL) +
                  (actual->signing_region.data != NULL) + (regions != NULL) +
                  (json_member(wanted, TEXT("disableDoubleEncoding")) != NULL) +
                  (json_member(wanted, TEXT("disableNormalizePath")) != NULL);
    return (uint32_t)members == wanted->count &&
           member_equals(wanted, TEXT("name"), actual->name) &&
           member_equals(wanted, TEXT("signingName"), actual->signing_name) &&
           member_equals(wanted, TEXT("signingRegion"), actual->signing_region) &&
           json_is_true(json_member(wanted, TEXT("disableDoubleEncoding"))) ==
               actual->disable_double_encoding &&
           json_is_true(json_member(wanted, TEXT("disableNormalizePath"))) ==
               actual->disable_normalize_path &&
           (regions ? texts_equal(regions, actual->signing_regions, actual->signing_region_count)
                    : actual->signing_region_count == 0);
}

static bool property_equals(
    text name, const struct json_value *wanted, const struct endpoint *actual)
{
    if (text_equals(name, TEXT("backend")))
        return text_equals(json_text(wanted), actual->backend);
    if (text_equals(name, TEXT("authSchemes"))) {
        bool same = wanted->count == actual->auth_scheme_count;
        for (uint32_t i = 0; same && i < wanted->count; i++)
            same = auth_scheme_equals(&wanted->items[i], &actual->auth_schemes[i]);
        return same;
    }
    for (size_t i = 0; i < actual->property_count; i++) {
        if (text_equals(actual->properties[i].name, name))
            return json_equals(wanted, actual->properties[i].value);
    }
    return false;
}

static bool properties_equal(const struct json_value *wanted, const struct endpoint *actual)
{
    size_t count =
        actual->property_count + (actual->backend.data != NULL) + (actual->auth_scheme_count > 0);
    if ((wanted ? wanted->count : 0) != count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!property_equals(wanted->names[i], &wanted->items[i], actual))
            return false;
    }
    return true;
}

static bool headers_equal(const struct json_value *wanted, const struct endpoint *actual)
{
    if ((wanted ? wanted->count : 0) != actual->header_count)
        return false;
    for (size_t i = 0; i < actual->header_count; i++) {
        const struct endpoint_header *header = &actual->headers[i];
        if (!texts_equal(json_member(wanted, header->name), header->values, header->count))
            return false;
    }
    return true;
}

static const char *difference(
    const struct json_value *expect, inia_status status, const struct endpoint *actual)
{
    const struct json_value *error = json_member(expect, TEXT("error"));
    const struct json_value *endpoint = json_member(expect, TEXT("endpoint"));
    if (error)
        return status == INIA_BAD_REQUEST && text_equals(error->string, actual->refusal)
                   ? NULL
                   : "another error";
    if (status != INIA_OK)
        return actual->refusal.data ? actual->refusal.data : "refused";
    if (!text_equals(json_text(json_member(endpoint, TEXT("url"))), actual->url))
        return actual->url.data;
    if (!properties_equal(json_member(endpoint, TEXT("properties")), actual))
        return "other properties";
    if (!headers_equal(json_member(endpoint, TEXT("headers")), actual))
        return "other headers";
    return NULL;
}

/* ---- Running --------------------------------------------------------------------------------- */

static const char *set_value(
    struct bench *bench, struct endpoint_values *values, int slot, const struct json_value *value)
{
    if (slot < 0)
        return "a parameter the rules do not have";
    if (value->kind == JSON_STRING) {
        endpoint_value_set_string(values, slot, value->string);
    } else if (value->kind == JSON_TRUE || value->kind == JSON_FALSE) {
        endpoint_value_set_boolean(values, slot, value->kind == JSON_TRUE);
    } else if (value->kind == JSON_LIST) {
        text *items = arena_alloc(&bench->case_arena, (value->count + 1) * sizeof *items);
        for (uint32_t i = 0; items && i < value->count; i++)
            items[i] = json_text(&value->items[i]);
        endpoint_value_set_list(values, slot, items, value->count);
    } else {
        return "a parameter of a kind that is none";
    }
    return NULL;
}

static const char *run_case(
    struct bench *bench, const struct endpoint_rules *rules, const struct json_value *test)
{
    struct endpoint_values values;
    struct endpoint actual;
    const struct json_value *params = json_member(test, TEXT("params"));
    endpoint_values_init(&values, rules);
    for (uint32_t i = 0; params && i < params->count; i++) {
        const char *problem = set_value(
            bench, &values, endpoint_rules_parameter(rules, params->names[i]), &params->items[i]);
        if (problem)
            return problem;
    }
    inia_status status = endpoint_resolve(rules, &values, &bench->case_arena, &actual, NULL);
    return difference(json_member(test, TEXT("expect")), status, &actual);
}

static void run_file(struct bench *bench, const char *rules_path, const char *tests_path)
{
    inia_error error;
    const struct json_value *rule_set = read_json(bench, &bench->file, rules_path);
    struct endpoint_rules *rules =
        endpoint_rules_new(rule_set, bench->partitions, &bench->file, &error);
    const struct json_value *tests =
        access(tests_path, R_OK) == 0 ? read_json(bench, &bench->file, tests_path) : NULL;
    const struct json_value *cases = json_member(tests, TEXT("testCases"));
    if (!tests) {
        bench->total++;
        bench->passed += rules != NULL;
    }
    if (!rules)
        tell(bench, rules_path, error.detail);
    for (uint32_t i = 0; cases && i < cases->count; i++) {
        char where[700];
        const char *problem =
            rules ? run_case(bench, rules, &cases->items[i]) : "the rules are refused";
        bench->total++;
        bench->passed += problem == NULL;
        snprintf(where, sizeof where, "%s[%u]", tests_path, i);
        if (problem)
            tell(bench, where, problem);
        arena_clear(&bench->case_arena);
    }
    arena_clear(&bench->file);
}

static void run_folder(struct bench *bench, const char *folder)
{
    char pattern[600];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/rules/*.json", in_vectors(folder));
    CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char tests[600];
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        snprintf(tests, sizeof tests, "%s/tests/%s", in_vectors(folder), name);
        run_file(bench, found.gl_pathv[i], tests);
    }
    globfree(&found);
}

TEST(botocores_unit_cases_resolve_as_it_does)
{
    struct bench bench;
    bench_init(&bench, "endpoints/unit");
    run_folder(&bench, "endpoints/unit");
    bench_release(&bench);
}

TEST(smithys_cases_resolve_as_it_says)
{
    struct bench bench;
    bench_init(&bench, "endpoints/unit-smithy");
    run_folder(&bench, "endpoints/unit-smithy");
    bench_release(&bench);
}

/* JSON5 as far as the vectors use it: without comments and commas before a closing bracket. */
static void make_plain(char *bytes)
{
    char *out = bytes, *comma = NULL;
    bool in_string = false;
    for (char *in = bytes; *in; in++) {
        if (in[0] == '/' && in[1] == '/' && !in_string) {
            while (in[1] && in[1] != '\n')
                in++;
            continue;
        }
        if (in[0] == '"' && (in == bytes || in[-1] != '\\'))
            in_string = !in_string;
        if ((*in == '}' || *in == ']') && comma && !in_string)
            *comma = ' ';
        if (!strchr(" \t\r\n", *in))
            comma = *in == ',' && !in_string ? out : NULL;
        *out++ = *in;
    }
    *out = '\0';
}

TEST(invalid_rule_sets_are_refused_in_one_line)
{
    struct bench bench;
    char pattern[600];
    glob_t found;
    bench_init(&bench, "endpoints/invalid-rules");
    snprintf(pattern, sizeof pattern, "%s/*.json5", in_vectors("endpoints/invalid-rules"));
    CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct json_problem problem;
        inia_error error = {.status = INIA_OK};
        char *bytes = test_read_file(found.gl_pathv[i], NULL);
        make_plain(bytes);
        const struct json_value *rule_set =
            json_parse(bench.parser, text_of(bytes), &bench.file, &problem);
        if (!rule_set)
            FAIL("%s: %s", found.gl_pathv[i], problem.what);
        struct endpoint_rules *rules =
            endpoint_rules_new(rule_set, bench.partitions, &bench.file, &error);
        bench.total++;
        if (!rules && error.status == INIA_BAD_CONFIG && !strchr(error.detail, '\n'))
            bench.passed++;
        else
            tell(&bench, found.gl_pathv[i], "not refused");
        free(bytes);
        arena_clear(&bench.file);
    }
    globfree(&found);
    bench_release(&bench);
}

/* ---- The services' own ----------------------------------------------------------------------- */

static void run_shell(const char *format, const char *a, const char *b)
{
    char command[1200];
    snprintf(command, sizeof command, format, a, b);
    CHECK_EQ(system(command), 0);
}

static char *unpack(char *folder)
{
    char archive[600];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(archive, sizeof archive, "%s", in_vectors("endpoints/service-tests.tar.xz"));
    run_shell("tar xJf '%s' -C '%s'", archive, folder);
    snprintf(archive, sizeof archive, "%s", in_vectors("endpoints/service-rule-sets.tar.xz"));
    run_shell("tar xJf '%s' -C '%s'", archive, folder);
    return folder;
}

TEST(every_services_own_cases_resolve_as_they_say)
{
    struct bench bench;
    char folder[] = "/tmp/inia-endpoints-XXXXXX";
    char pattern[600];
    glob_t found;
    bench_init(&bench, "endpoints/service-tests");
    snprintf(pattern, sizeof pattern, "%s/*/*/endpoint-rule-set-1.json", unpack(folder));
    CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char tests[600];
        snprintf(tests, sizeof tests, "%s", found.gl_pathv[i]);
        *strrchr(tests, '/') = '\0';
        *strrchr(tests, '/') = '\0';
        strcat(tests, "/endpoint-tests-1.json");
        run_file(&bench, found.gl_pathv[i], tests);
    }
    globfree(&found);
    run_shell("rm -r '%s'%s", folder, "");
    bench_release(&bench);
}

/* ---- From an operation's input to its endpoint ----------------------------------------------- */

static const char *run_input(
    struct bench *bench, const struct endpoint_rules *rules, const struct model *model,
    const struct json_value *input, const struct json_value *expect)
{
    struct endpoint_values values;
    struct endpoint actual;
    const struct json_value *built_ins = json_member(input, TEXT("builtInParams"));
    const struct model_operation *operation =
        model_find_operation(model, json_text(json_member(input, TEXT("operationName"))));
    if (!operation)
        return "no such operation";
    endpoint_values_init(&values, rules);
    for (uint32_t i = 0; built_ins && i < built_ins->count; i++) {
        int slot = endpoint_rules_built_in(rules, built_ins->names[i]);
        const char *problem = set_value(bench, &values, slot, &built_ins->items[i]);
        if (problem)
            return problem;
    }
    struct endpoint_binding *binding =
        endpoint_binding_new(rules, operation, &bench->case_arena, NULL);
    if (!binding ||
        !endpoint_binding_fill(
            binding, json_member(input, TEXT("operationParams")), &bench->case_arena, &values))
        return "not bound";
    inia_status status = endpoint_resolve(rules, &values, &bench->case_arena, &actual, NULL);
    return difference(expect, status, &actual);
}

static void run_inputs_of(
    struct bench *bench, const struct endpoint_rules *rules, const struct model *model,
    const struct json_value *tests, const char *path)
{
    const struct json_value *cases = json_member(tests, TEXT("testCases"));
    for (uint32_t i = 0; i < cases->count; i++) {
        const struct json_value *inputs = json_member(&cases->items[i], TEXT("operationInputs"));
        const struct json_value *expect = json_member(&cases->items[i], TEXT("expect"));
        for (uint32_t j = 0; inputs && j < inputs->count; j++) {
            char where[700];
            const char *problem = run_input(bench, rules, model, &inputs->items[j], expect);
            bench->total++;
            bench->passed += problem == NULL;
            snprintf(where, sizeof where, "%s[%u].operationInputs[%u]", path, i, j);
            if (problem)
                tell(bench, where, problem);
            arena_clear(&bench->case_arena);
        }
    }
}

static void run_inputs(struct bench *bench, const char *rules_path, const char *folder)
{
    char tests_path[600], service[128];
    inia_error error;
    CHECK_EQ(sscanf(rules_path + strlen(folder) + 1, "%127[^/]", service), 1);
    snprintf(tests_path, sizeof tests_path, "%s/%s/endpoint-tests-1.json", folder, service);
    char *bytes = test_read_file(tests_path, NULL);
    bool has_inputs = strstr(bytes, "\"operationInputs\"") != NULL;
    free(bytes);
    if (!has_inputs)
        return;
    struct endpoint_rules *rules = endpoint_rules_new(
        read_json(bench, &bench->file, rules_path), bench->partitions, &bench->file, &error);
    CHECK(rules != NULL);
    struct model *model =
        model_load(INIA_TEST_MODELS, text_of(service), text_from(NULL, 0), &error);
    if (!model)
        FAIL("%s", error.detail);
    run_inputs_of(bench, rules, model, read_json(bench, &bench->file, tests_path), tests_path);
    model_free(model);
    arena_clear(&bench->file);
}

TEST(operations_give_the_rules_what_they_ask_for)
{
    struct bench bench;
    char folder[] = "/tmp/inia-endpoints-XXXXXX";
    char pattern[600];
    glob_t found;
    if (access(INIA_TEST_MODELS, R_OK) != 0)
        SKIP("no models in %s", INIA_TEST_MODELS);
    bench_init(&bench, "endpoints/operation-inputs");
    snprintf(pattern, sizeof pattern, "%s/*/*/endpoint-rule-set-1.json", unpack(folder));
    CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_inputs(&bench, found.gl_pathv[i], folder);
    globfree(&found);
    run_shell("rm -r '%s'%s", folder, "");
    bench_release(&bench);
}
