#include "uring_buffers.h"

#include <errno.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static size_t memory_size(const struct uring_buffers *buffers)
{
    return (size_t)buffers->count * RING_BUFFER_SIZE + PAGE;
}

static size_t entries_size(const struct uring_buffers *buffers)
{
    return buffers->count * sizeof(struct io_uring_buf);
}

static int register_entries(struct uring_buffers *buffers, struct io_uring *uring)
{
    void *entries = mmap(
        NULL, entries_size(buffers), PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (entries == MAP_FAILED)
        return errno;
    /* The kernel holds these very pages; a child must not make us write to a copy of them. */
    madvise(entries, entries_size(buffers), MADV_DONTFORK);
    io_uring_buf_ring_init(entries);
    struct io_uring_buf_reg reg = {
        .ring_addr = (uintptr_t)entries,
        .ring_entries = buffers->count,
        .bgid = URING_BUFFER_GROUP,
    };
    int status = io_uring_register_buf_ring(uring, &reg, 0);
    if (status < 0) {
        munmap(entries, entries_size(buffers));
        return -status;
    }
    buffers->entries = entries;
    return 0;
}

int uring_buffers_init(
    struct uring_buffers *buffers, struct io_uring *uring, struct budget *memory, uint32_t count)
{
    check(count > 0 && count <= URING_MAX_BUFFERS && (count & (count - 1)) == 0);
    *buffers = (struct uring_buffers){.count = count};
    buffers->memory = budget_alloc(memory, memory_size(buffers));
    if (!buffers->memory)
        return ENOBUFS;
    char *start = buffers->memory;
    buffers->bytes = start + (PAGE - (uintptr_t)start % PAGE) % PAGE;
    int error = register_entries(buffers, uring);
    if (error) {
        budget_free(memory, buffers->memory, memory_size(buffers));
        *buffers = (struct uring_buffers){0};
        return error;
    }
    for (unsigned i = 0; i < count; i++)
        uring_buffers_give(buffers, i);
    return 0;
}

void uring_buffers_release(
    struct uring_buffers *buffers, struct io_uring *uring, struct budget *memory)
{
    if (!buffers->memory)
        return;
    io_uring_unregister_buf_ring(uring, URING_BUFFER_GROUP);
    munmap(buffers->entries, entries_size(buffers));
    budget_free(memory, buffers->memory, memory_size(buffers));
    *buffers = (struct uring_buffers){0};
}
