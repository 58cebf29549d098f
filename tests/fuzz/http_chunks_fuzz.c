/* Any bytes as a chunked body: read at once and byte by byte, the outcome is the same. */
#include "http/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct http_chunks chunks;
    char *body;
    size_t size, taken;
    bool refused;
};

static void read_in_pieces(struct outcome *outcome, const uint8_t *data, size_t size, size_t piece)
{
    *outcome = (struct outcome){.body = malloc(size ? size : 1)};
    check(outcome->body != NULL);
    while (outcome->taken < size && !outcome->refused && !outcome->chunks.done) {
        size_t left = size - outcome->taken;
        text input = text_from(data + outcome->taken, left < piece ? left : piece);
        size_t before = input.size;
        const char *problem = NULL;
        text run = http_chunks_next(&outcome->chunks, &input, &problem);
        check(!run.data || !problem);
        if (run.size)
            memcpy(outcome->body + outcome->size, run.data, run.size);
        outcome->size += run.size;
        outcome->taken += before - input.size;
        outcome->refused = problem != NULL;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, bytes;
    read_in_pieces(&whole, data, size, SIZE_MAX);
    read_in_pieces(&bytes, data, size, 1);
    check(whole.refused == bytes.refused && whole.chunks.done == bytes.chunks.done);
    check(whole.taken == bytes.taken && whole.size == bytes.size);
    check(whole.size == 0 || memcmp(whole.body, bytes.body, whole.size) == 0);
    free(whole.body);
    free(bytes.body);
    return 0;
}
