#include "blocks.h"

#include "check.h"

#include <string.h>
#include <sys/mman.h>

enum { SMALLEST = 1024, HUGE_PAGE = 2 << 20 };

struct block {
    struct block *next;
};

/* Sizes 1, 1.25, 1.5, 1.75 times each power of two. Returns BLOCK_CLASSES when there is none. */
static unsigned class_of(size_t size, size_t *capacity)
{
    size_t base = SMALLEST;
    for (unsigned class = 0; class < BLOCK_CLASSES; class ++) {
        *capacity = base + base / 4 * (class % 4);
        if (size <= *capacity)
            return class;
        if (class % 4 == 3)
            base *= 2;
    }
    return BLOCK_CLASSES;
}

static size_t mapped_size(size_t capacity)
{
    return (capacity + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
}

/* Maps a huge page more than needed and cuts it to a huge page's border. */
static void *map_aligned(size_t size)
{
    char *start =
        mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)start % HUGE_PAGE) % HUGE_PAGE;
    if (before)
        munmap(start, before);
    munmap(start + before + size, HUGE_PAGE - before);
    madvise(start + before, size, MADV_HUGEPAGE);
    return start + before;
}

static void *allocate(struct budget *budget, size_t capacity)
{
    if (capacity < HUGE_PAGE)
        return budget_alloc(budget, capacity);
    size_t size = mapped_size(capacity);
    if (!budget_claim(budget, size))
        return NULL;
    void *memory = map_aligned(size);
    if (!memory)
        budget_return(budget, size);
    return memory;
}

static void release(struct budget *budget, void *memory, size_t capacity)
{
    if (capacity < HUGE_PAGE) {
        budget_free(budget, memory, capacity);
        return;
    }
    munmap(memory, mapped_size(capacity));
    budget_return(budget, mapped_size(capacity));
}

void block_cache_init(struct block_cache *cache, struct budget *budget, size_t most_kept)
{
    *cache = (struct block_cache){.budget = budget, .most_kept = most_kept};
}

void block_cache_release(struct block_cache *cache)
{
    size_t base = SMALLEST;
    for (unsigned class = 0; class < BLOCK_CLASSES; class ++) {
        size_t capacity = base + base / 4 * (class % 4);
        while (cache->kept[class]) {
            struct block *block = cache->kept[class];
            cache->kept[class] = block->next;
            release(cache->budget, block, capacity);
        }
        if (class % 4 == 3)
            base *= 2;
    }
    cache->kept_size = 0;
}

void *block_take(struct block_cache *cache, size_t size, size_t *capacity)
{
    unsigned class = class_of(size, capacity);
    if (class == BLOCK_CLASSES)
        return NULL;
    struct block *block = cache->kept[class];
    if (block) {
        cache->kept[class] = block->next;
        cache->kept_size -= *capacity;
        return block;
    }
    void *memory = allocate(cache->budget, *capacity);
    if (!memory && cache->kept_size) {
        block_cache_release(cache);
        memory = allocate(cache->budget, *capacity);
    }
    return memory;
}

void block_give(struct block_cache *cache, void *memory, size_t capacity)
{
    if (!memory)
        return;
    size_t same;
    unsigned class = class_of(capacity, &same);
    check(class < BLOCK_CLASSES && same == capacity);
    if (capacity > cache->most_kept || cache->kept_size > cache->most_kept - capacity) {
        release(cache->budget, memory, capacity);
        return;
    }
    struct block *block = memory;
    block->next = cache->kept[class];
    cache->kept[class] = block;
    cache->kept_size += capacity;
}
