#include "sigv4.h"

#include "formats/formats.h"

void sigv4_signer_init(struct sigv4_signer *signer)
{
    *signer = (struct sigv4_signer){0};
}

void sigv4_signer_release(struct sigv4_signer *signer)
{
    memory_wipe(signer, sizeof *signer);
}

static bool key_is(
    const struct sigv4_key *key, const struct secret *secret_key, text date, text region,
    text service)
{
    if (key->scope_size == 0 || key->region_size != region.size ||
        key->service_size != service.size || memcmp(key->scope, date.data, date.size) != 0)
        return false;
    const char *at = key->scope + date.size + 1;
    return memcmp(at, region.data, region.size) == 0 &&
           memcmp(at + region.size + 1, service.data, service.size) == 0 &&
           text_equals(secret_text(&key->secret_key), secret_text(secret_key));
}

static void derive(
    struct hmac_sha256_key *hmac, text secret_key, text date, text region, text service)
{
    char start[SECRET_MOST + 4] = "AWS4";
    memcpy(start + 4, secret_key.data, secret_key.size);
    text steps[] = {date, region, service, TEXT("aws4_request")};
    unsigned char mac[SHA256_SIZE];
    hmac_sha256_key_init(hmac, text_from(start, secret_key.size + 4));
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        hmac_sha256(mac, hmac, steps[i]);
        hmac_sha256_key_init(hmac, text_from(mac, sizeof mac));
    }
    memory_wipe(start, sizeof start);
    memory_wipe(mac, sizeof mac);
}

static void write_scope(struct sigv4_key *key, text date, text region, text service)
{
    text parts[] = {date, region, service, TEXT("aws4_request")};
    char *at = key->scope;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (i)
            *at++ = '/';
        memcpy(at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    key->scope_size = (size_t)(at - key->scope);
    key->region_size = region.size;
    key->service_size = service.size;
}

struct sigv4_key *sigv4_key_for(
    struct sigv4_signer *signer, const struct secret *secret_key, text date, text region,
    text service)
{
    for (size_t i = 0; i < SIGV4_KEYS; i++)
        if (key_is(&signer->keys[i], secret_key, date, region, service))
            return &signer->keys[i];

    enum { REST = sizeof "///aws4_request" - 1 };
    if (!region.data || !service.data || region.size > SIGV4_SCOPE_MOST ||
        service.size > SIGV4_SCOPE_MOST ||
        date.size + region.size + service.size + REST > SIGV4_SCOPE_MOST)
        return NULL;
    struct sigv4_key *key = &signer->keys[signer->next++ % SIGV4_KEYS];
    key->secret_key = *secret_key;
    key->dated[0] = 0;
    derive(&key->hmac, secret_text(secret_key), date, region, service);
    write_scope(key, date, region, service);
    return key;
}

/* All but the last line of the string to sign is the same for a second's requests. */
static size_t write_start(char *out, const struct sigv4_key *key)
{
    static const char algorithm[] = "AWS4-HMAC-SHA256\n";
    char *at = out;
    memcpy(at, algorithm, sizeof algorithm - 1);
    at += sizeof algorithm - 1;
    memcpy(at, key->dated, sizeof key->dated);
    at += sizeof key->dated;
    *at++ = '\n';
    memcpy(at, key->scope, key->scope_size);
    at += key->scope_size;
    *at++ = '\n';
    return (size_t)(at - out);
}

enum { START_MOST = 64 + SIGV4_SCOPE_MOST };

static void begin(struct sigv4_key *key, const char date[16])
{
    char start[START_MOST];
    memcpy(key->dated, date, sizeof key->dated);
    key->begun = key->hmac.inner;
    sha256_add(&key->begun, text_from(start, write_start(start, key)));
}

void sigv4_key_prepare(struct sigv4_key *key, const char date[16], struct sigv4_job *job)
{
    if (memcmp(key->dated, date, sizeof key->dated) != 0)
        begin(key, date);
    unsigned char rest[SHA256_BLOCK_SIZE];
    job->rest_size = sha256_midstate_of(&job->outer, &key->hmac.outer, rest);
    check(job->rest_size == 0);
    job->rest_size = sha256_midstate_of(&job->inner, &key->begun, rest);
    memcpy(job->last_lines, rest, job->rest_size);
}

void sigv4_signature(
    char signature[SIGV4_SIGNATURE_SIZE], struct sigv4_key *key, const char date[16],
    const unsigned char request_hash[SHA256_SIZE], struct buffer *to_sign)
{
    if (memcmp(key->dated, date, sizeof key->dated) != 0)
        begin(key, date);
    char last_line[2 * SHA256_SIZE];
    hex_encode(last_line, request_hash, SHA256_SIZE);
    if (to_sign) {
        char start[START_MOST];
        buffer_add(to_sign, text_from(start, write_start(start, key)));
        buffer_add(to_sign, text_from(last_line, sizeof last_line));
    }
    unsigned char mac[SHA256_SIZE];
    struct sha256 digest = key->begun;
    sha256_add(&digest, text_from(last_line, sizeof last_line));
    sha256_finish(&digest, mac);
    digest = key->hmac.outer;
    sha256_add(&digest, text_from(mac, sizeof mac));
    sha256_finish(&digest, mac);
    hex_encode(signature, mac, sizeof mac);
}
