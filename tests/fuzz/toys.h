/* The toy service in every protocol, for fuzzing what is built and read with it. */
#ifndef TESTS_FUZZ_TOYS_H
#define TESTS_FUZZ_TOYS_H

#include "protocols/protocols.h"
#include "protocols/toy_service.h"

enum { TOYS = 6 };

struct toys {
    struct budget budget;
    struct slab blocks;
    struct arena plans, call;
    struct protocol_readers readers;
    struct protocol_plan *put[TOYS];
};

static inline struct toys *toys_new(void)
{
    static const char *const models[TOYS] = {
        TOY_SERVICE("json"),  TOY_SERVICE("rest-json"), TOY_SERVICE("rest-xml"),
        TOY_SERVICE("query"), TOY_SERVICE("ec2"),       TOY_SERVICE("smithy-rpc-v2-cbor")};
    static struct toys toys;
    budget_init(&toys.budget, 64 << 20);
    slab_init(&toys.blocks, &toys.budget, ARENA_BLOCK_SIZE, 8);
    arena_init(&toys.plans, &toys.blocks);
    arena_init(&toys.call, &toys.blocks);
    check(protocol_readers_init(&toys.readers));
    for (size_t i = 0; i < TOYS; i++) {
        struct model *model =
            model_parse(TEXT("toys"), TEXT("toys.json"), text_of(models[i]), (text){NULL, 0}, NULL);
        check(model);
        toys.put[i] = protocol_plan_new(
            model_find_operation(model, TEXT("PutToy")), MODEL_PROTOCOL_NONE, &toys.plans, NULL);
        check(toys.put[i]);
    }
    return &toys;
}

#endif
