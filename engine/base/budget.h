/*
 * budget: how much memory an engine may use. Whatever an engine allocates while it runs is taken
 * from its budget first, so that "full" is an answer and never a surprise.
 */
#ifndef BASE_BUDGET_H
#define BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
    size_t limit; /* bytes */
    size_t used;
    size_t peak;
    uint64_t allocations; /* since the start: what a steady state must not raise */
    void (*relieve)(
        void *arg); /* the owner's: gives back what is only kept for later; may be NULL */
    void *relieve_arg;
};

void budget_init(struct budget *budget, size_t limit); /* sets no relieve */
bool budget_has_room(const struct budget *budget, size_t size);
bool budget_make_room(struct budget *budget, size_t size); /* the same, after relief if need be */

/* malloc and free within the budget; NULL when it is spent or the system has none. Aligned to 16.
 * size must be what was asked for; freeing NULL does nothing. Memory is not cleared. */
void *budget_alloc(struct budget *budget, size_t size);
void budget_free(struct budget *budget, void *memory, size_t size);

/* For memory that comes from elsewhere (mmap, a library): counts it, or says that there is no room.
 */
bool budget_claim(struct budget *budget, size_t size);
void budget_return(struct budget *budget, size_t size);

/* For tests: the nth allocation from now fails, and each after it. 0: none does. */
void budget_fail_after(uint64_t allocations);

#endif
