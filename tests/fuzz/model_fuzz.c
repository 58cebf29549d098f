/* Whatever a model file holds, loading it ends in a model whose operations can be planned, or in
 * one line; and so it does where operations are read later. */
#include "models/source.h"
#include "protocols/protocols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan_all(const struct model *model, struct arena *arena)
{
    inia_error error = {0};
    for (size_t i = 0; i < model->operation_count; i++)
        (void)protocol_plan_new(&model->operations[i], MODEL_PROTOCOL_NONE, arena, &error);
    bool good = !model->source || source_read(model->source, &error);
    check(good || (error.status == INIA_BAD_CONFIG && error.detail[0]));
    const struct json_value *texts = good && model->source ? model->source->operations.texts : NULL;
    for (size_t i = 0; texts && i < texts->count; i++) {
        const struct model_operation *operation =
            model_require_operation(model, texts->names[i], &error);
        if (operation)
            (void)protocol_plan_new(operation, MODEL_PROTOCOL_NONE, arena, &error);
        else
            check(error.detail[0]);
    }
}

static void try(struct model *model, const inia_error *error)
{
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    if (!model) {
        check(error->status == INIA_BAD_CONFIG && error->detail[0]);
        return;
    }
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    plan_all(model, &arena);
    arena_release(&arena);
    slab_release(&blocks);
    model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inia_error error = {0};
    text bytes = text_from(data, size), none = {NULL, 0};
    struct model *model = model_parse(TEXT("fuzz"), TEXT("fuzz.json"), bytes, none, &error);
    bool whole = model != NULL;
    try(model, &error);
    model = model_open_bytes(TEXT("fuzz"), TEXT("fuzz.json"), bytes, none, &error);
    check(model ? !whole || !model->source || source_read(model->source, &error) : !whole);
    try(model, &error);
    return 0;
}
