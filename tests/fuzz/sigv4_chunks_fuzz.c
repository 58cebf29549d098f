/* An aws-chunked body of any bytes says the same whether it comes at once or byte by byte. */
#include "signing/signing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_body(text bytes, size_t piece, text payload, bool *done)
{
    struct sigv4_chain chain = {.scope_size = 1, .previous_size = SIGV4_SIGNATURE_SIZE};
    struct sigv4_chunks chunks;
    struct sha256 sha256;
    const char *problem = NULL;
    hmac_sha256_key_init(&chain.hmac, TEXT("key"));
    bool known = sigv4_chunks_init(&chunks, payload, &chain);
    check(known);
    sha256_init(&sha256);
    while (bytes.size && !problem) {
        text run, input = text_from(bytes.data, bytes.size < piece ? bytes.size : piece);
        bytes = text_after(bytes, input.size);
        while ((run = sigv4_chunks_next(&chunks, &input, &problem)).data)
            sha256_add(&sha256, run);
    }
    *done = chunks.done;
    check(!problem || !chunks.done);
    (void)sigv4_chunks_trailer(&chunks, TEXT("a"));
    unsigned char hash[SHA256_SIZE];
    uint64_t start;
    sha256_finish(&sha256, hash);
    memcpy(&start, hash, sizeof start);
    return start;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const text payloads[] = {
        SIGV4_STREAMING_UNSIGNED_TRAILER, SIGV4_STREAMING_SIGNED, SIGV4_STREAMING_SIGNED_TRAILER};
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        bool done_at_once, done_slowly;
        text bytes = text_from(data, size);
        uint64_t at_once = read_body(bytes, size + 1, payloads[i], &done_at_once);
        uint64_t slowly = read_body(bytes, 1, payloads[i], &done_slowly);
        check(at_once == slowly && done_at_once == done_slowly);
    }
    return 0;
}
