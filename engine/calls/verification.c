#include "verification.h"

#include "call.h"

struct verification {
    text claimed; /* base64, as it came */
    struct checksum checksum;
};

/* The strongest and quickest first, as the SDKs have it. */
static const enum checksum_algorithm preference[] = {
    CHECKSUM_XXHASH128, CHECKSUM_XXHASH3, CHECKSUM_CRC64NVME, CHECKSUM_XXHASH64, CHECKSUM_CRC32C,
    CHECKSUM_CRC32,     CHECKSUM_SHA1,    CHECKSUM_SHA256,    CHECKSUM_SHA512,   CHECKSUM_MD5,
};

static bool is_offered(const struct model_operation *operation, enum checksum_algorithm algorithm)
{
    for (uint32_t i = 0; i < operation->checksum_count; i++) {
        if (checksum_from_name(operation->checksums[i]) == algorithm)
            return true;
    }
    return false;
}

static text claimed_checksum(const struct call *call, enum checksum_algorithm algorithm)
{
    const struct http_response *response = &call->exchange.response;
    const struct http_header *header =
        http_find_header(response->headers, response->header_count, checksum_header(algorithm));
    bool is_of_parts = header && text_find(header->value, '-') < header->value.size;
    return header && !is_of_parts ? header->value : (text){NULL, 0};
}

bool verification_begin(struct call *call)
{
    struct sink *sink = &call->sink;
    sink->verification = NULL;
    for (size_t i = 0; i < COUNT_OF(preference); i++) {
        text claimed = claimed_checksum(call, preference[i]);
        if (!claimed.size || !is_offered(call->operation->model, preference[i]))
            continue;
        sink->verification = arena_alloc(&call->arena, sizeof *sink->verification);
        if (!sink->verification)
            return false;
        sink->verification->claimed = claimed;
        checksum_init(&sink->verification->checksum, preference[i]);
        return true;
    }
    return true;
}

void verification_add(struct verification *verification, text bytes)
{
    if (verification)
        checksum_add(&verification->checksum, bytes);
}

bool verification_ends_well(struct call *call)
{
    struct verification *verification = call->sink.verification;
    if (!verification)
        return true;
    unsigned char digest[CHECKSUM_MOST];
    char found[2 * CHECKSUM_MOST];
    enum checksum_algorithm algorithm = verification->checksum.algorithm;
    size_t size = checksum_finish(&verification->checksum, digest);
    text is = text_from(found, base64_encoded_size(size));
    base64_encode(found, text_from(digest, size));
    if (text_equals(is, verification->claimed))
        return true;
    text name = checksum_name(algorithm);
    call_fail(
        call, INIA_BAD_RESPONSE, "the body is not what was sent: its %.*s is %.*s, not %.*s",
        TEXT_ARGS(name), TEXT_ARGS(is), TEXT_ARGS(verification->claimed));
    return false;
}
