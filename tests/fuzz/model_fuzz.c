/* Whatever a model file holds, loading it ends in a model whose operations can be planned, or in
 * one line. */
#include "protocols/protocols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    inia_error error = {0};
    struct model *model = model_parse(
        TEXT("fuzz"), TEXT("fuzz.json"), text_from(data, size), (text){NULL, 0}, &error);
    if (!model) {
        check(error.status == INIA_BAD_CONFIG && error.detail[0]);
        return 0;
    }
    struct budget budget;
    struct slab blocks;
    struct arena arena;
    budget_init(&budget, 64 << 20);
    slab_init(&blocks, &budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);
    for (size_t i = 0; i < model->operation_count; i++)
        (void)protocol_plan_new(&model->operations[i], MODEL_PROTOCOL_NONE, &arena, &error);
    arena_release(&arena);
    slab_release(&blocks);
    model_free(model);
    return 0;
}
