#include "budget.h"

#include "check.h"

#include <stdlib.h>

static _Thread_local uint64_t fail_after; /* counts down; 0: off; 1: fail from here on */

void budget_init(struct budget *budget, size_t limit)
{
    budget->limit = limit;
    budget->used = budget->peak = 0;
    budget->allocations = 0;
    budget->relieve = NULL;
    budget->relieve_arg = NULL;
}

bool budget_has_room(const struct budget *budget, size_t size)
{
    return size <= budget->limit && budget->used <= budget->limit - size;
}

bool budget_make_room(struct budget *budget, size_t size)
{
    if (budget_has_room(budget, size))
        return true;
    if (budget->relieve)
        budget->relieve(budget->relieve_arg);
    return budget_has_room(budget, size);
}

static bool told_to_fail(void)
{
    if (fail_after == 0)
        return false;
    if (fail_after == 1)
        return true;
    fail_after--;
    return false;
}

bool budget_claim(struct budget *budget, size_t size)
{
    if (!budget_make_room(budget, size) || told_to_fail())
        return false;
    budget->used += size;
    budget->allocations++;
    if (budget->used > budget->peak)
        budget->peak = budget->used;
    return true;
}

void budget_return(struct budget *budget, size_t size)
{
    check(budget->used >= size);
    budget->used -= size;
}

void *budget_alloc(struct budget *budget, size_t size)
{
    if (!budget_claim(budget, size))
        return NULL;
    void *memory = malloc(size);
    if (!memory)
        budget_return(budget, size);
    return memory;
}

void budget_free(struct budget *budget, void *memory, size_t size)
{
    if (!memory)
        return;
    budget_return(budget, size);
    free(memory);
}

void budget_fail_after(uint64_t allocations)
{
    fail_after = allocations;
}
