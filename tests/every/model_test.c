/* Real models, broken in many ways: a line that names the file, or a model, and never a crash. */
#include "models/models.h"

#include "protocols/protocols.h"
#include "test.h"

#include <stdlib.h>

enum { CUTS = 150, MUTATIONS = 400, REPLACEMENTS = 400 };

static const char *const services[] = {"sqs", "sdb", "importexport", "kinesis", "mediastore-data"};

struct broken {
    struct budget budget;
    struct slab blocks;
    struct arena files, plans;
    struct random_source random;
    struct json_parser *json;
    text service, bytes;
    size_t loaded, refused;
};

static void begin(struct broken *broken)
{
    *broken = (struct broken){0};
    budget_init(&broken->budget, 256 << 20);
    slab_init(&broken->blocks, &broken->budget, ARENA_BLOCK_SIZE, 64);
    arena_init(&broken->files, &broken->blocks);
    arena_init(&broken->plans, &broken->blocks);
    random_init(&broken->random, 20240506);
    broken->json = json_parser_new();
    CHECK(broken->json != NULL);
}

static void end(struct broken *broken)
{
    json_parser_free(broken->json);
    arena_release(&broken->files);
    arena_release(&broken->plans);
    slab_release(&broken->blocks);
    CHECK_EQ(broken->budget.used, 0);
}

static void open_service(struct broken *broken, const char *service)
{
    inia_error error = {INIA_OK, ""};
    broken->service = text_of(service);
    arena_clear(&broken->files);
    if (models_read_file(
            NULL, broken->service, (text){NULL, 0}, TEXT("service-2.json"), &broken->files,
            &broken->bytes, &error) != INIA_OK)
        FAIL("%s", error.detail);
}

/* What could be loaded must be fit for use. */
static void plan_all(struct broken *broken, const struct model *model)
{
    for (size_t i = 0; i < model->operation_count; i++) {
        inia_error error = {INIA_OK, ""};
        const struct protocol_plan *plan =
            protocol_plan_new(&model->operations[i], MODEL_PROTOCOL_NONE, &broken->plans, &error);
        CHECK(plan || error.status == INIA_UNSUPPORTED);
    }
    arena_clear(&broken->plans);
}

static bool try_bytes(struct broken *broken, text bytes)
{
    inia_error error = {INIA_OK, ""};
    struct model *model =
        model_parse(broken->service, TEXT("broken.json"), bytes, (text){NULL, 0}, &error);
    if (model) {
        broken->loaded++;
        plan_all(broken, model);
        model_free(model);
        return true;
    }
    broken->refused++;
    CHECK_EQ(error.status, INIA_BAD_CONFIG);
    CHECK(text_starts_with(text_of(error.detail), TEXT("broken.json:")));
    CHECK(text_find(text_of(error.detail), '\n') == strlen(error.detail));
    CHECK(strlen(error.detail) > sizeof "broken.json:");
    return false;
}

TEST(a_model_that_was_cut_off_anywhere_is_refused_in_one_line)
{
    struct broken broken;
    begin(&broken);
    for (size_t s = 0; s < COUNT_OF(services); s++) {
        open_service(&broken, services[s]);
        text whole = text_trim(broken.bytes);
        CHECK(try_bytes(&broken, whole));
        for (size_t i = 0; i < CUTS; i++)
            CHECK(!try_bytes(&broken, (text){whole.data, whole.size * i / CUTS}));
        CHECK(!try_bytes(&broken, (text){whole.data, whole.size - 1}));
    }
    end(&broken);
}

TEST(a_model_with_changed_bytes_is_refused_in_one_line_or_fit_for_use)
{
    struct broken broken;
    begin(&broken);
    for (size_t s = 0; s < COUNT_OF(services); s++) {
        open_service(&broken, services[s]);
        char *copy = arena_alloc(&broken.files, broken.bytes.size);
        CHECK(copy != NULL);
        for (size_t i = 0; i < MUTATIONS; i++) {
            memcpy(copy, broken.bytes.data, broken.bytes.size);
            for (size_t changes = 1 + random_below(&broken.random, 4); changes > 0; changes--)
                copy[random_below(&broken.random, broken.bytes.size)] =
                    "\"{}[],:0a\\\x80\0 "[random_below(&broken.random, 13)];
            (void)try_bytes(&broken, (text){copy, broken.bytes.size});
        }
    }
    CHECK(broken.refused > 0 && broken.loaded > 0);
    end(&broken);
}

/* Some value anywhere below. */
static struct json_value *pick(struct broken *broken, struct json_value *value)
{
    while (value->count && random_below(&broken->random, 8) != 0)
        value = &value->items[random_below(&broken->random, value->count)];
    return value;
}

/* Valid JSON, but with something else, or nothing, in one place. */
static text replace_one(struct broken *broken, struct arena *arena)
{
    static const char *const others[] = {
        "null",
        "true",
        "-1",
        "1e400",
        "\"\"",
        "\"String\"",
        "[]",
        "{}",
        "[[{}]]",
        "{\"shape\":\"NoSuchShape\"}",
        "{\"shape\":7}",
        "\"structure\"",
        "\"list\"",
        "{\"type\":\"list\"}",
        "123456789012345678901234567890",
        "\"{\""};
    struct json_problem problem;
    struct json_value *root = json_parse(broken->json, broken->bytes, arena, &problem);
    CHECK(root != NULL);
    text other = text_of(others[random_below(&broken->random, COUNT_OF(others))]);
    struct json_value *replacement = json_parse(broken->json, other, arena, &problem);
    CHECK(replacement != NULL);
    *pick(broken, root) = *replacement;
    struct buffer out;
    buffer_init(&out, arena);
    json_write(&out, root);
    CHECK(buffer_string(&out) != NULL);
    return buffer_text(&out);
}

TEST(a_model_with_something_else_in_one_place_is_refused_in_one_line_or_fit_for_use)
{
    struct broken broken;
    struct arena once;
    begin(&broken);
    arena_init(&once, &broken.blocks);
    for (size_t s = 0; s < COUNT_OF(services); s++) {
        open_service(&broken, services[s]);
        for (size_t i = 0; i < REPLACEMENTS; i++) {
            (void)try_bytes(&broken, replace_one(&broken, &once));
            arena_clear(&once);
        }
    }
    CHECK(broken.refused > 0 && broken.loaded > 0);
    arena_release(&once);
    end(&broken);
}
