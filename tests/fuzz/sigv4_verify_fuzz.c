/* A request head of any bytes: what is said of its signature is never that it is valid. */
#include "signing/signing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct secret *find_secret(void *arg, text access_key_id)
{
    return access_key_id.size == 4 ? arg : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct secret secret = {.bytes = "a secret", .size = 8};
    struct budget memory;
    struct slab blocks;
    struct arena arena;
    budget_init(&memory, 1 << 26);
    slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 8);
    arena_init(&arena, &blocks);

    struct sigv4_verifier verifier = {.find_secret = find_secret, .arg = &secret};
    struct http_request request;
    text head = arena_copy(&arena, text_from(data, size));
    size_t head_size = http_head_size(head, 0);
    if (head_size &&
        !http_request_parse(&request, (char *)(uintptr_t)head.data, head_size, &arena)) {
        struct sigv4_claim claim;
        enum sigv4_verdict verdict =
            sigv4_verify(&verifier, &request, (text){NULL, 0}, &arena, 1440938160, &claim);
        check(verdict != SIGV4_VALID);
        check((verdict == SIGV4_MALFORMED) == (claim.problem != NULL));
        check((verdict == SIGV4_MISMATCH) == (claim.string_to_sign.size > 0));
    }
    sigv4_signer_release(&verifier.signer);
    sigv4a_signer_release(&verifier.asymmetric);
    arena_release(&arena);
    slab_release(&blocks);
    check(memory.used == 0);
    return 0;
}
