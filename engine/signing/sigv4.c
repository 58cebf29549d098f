#include "sigv4.h"

#include "canonical.h"
#include "formats/formats.h"

static const text empty_payload =
    TEXT_INIT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

static bool is_never_signed(text name)
{
    static const text names[] = {
        TEXT_INIT("authorization"),
        TEXT_INIT("connection"),
        TEXT_INIT("expect"),
        TEXT_INIT("keep-alive"),
        TEXT_INIT("proxy-authorization"),
        TEXT_INIT("proxy-connection"),
        TEXT_INIT("te"),
        TEXT_INIT("trailer"),
        TEXT_INIT("transfer-encoding"),
        TEXT_INIT("upgrade"),
        TEXT_INIT("user-agent"),
        TEXT_INIT("x-amzn-trace-id"),
    };
    /* Nearly all that is signed begins with "x-amz-" or is host or content-something. */
    if (text_starts_with(name, TEXT("x-amz-")) || text_equals(name, TEXT("host")))
        return false;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(names[i], name))
            return true;
    return false;
}

static bool is_excluded(const struct sigv4_options *options, text name)
{
    for (size_t i = 0; i < options->unsigned_header_count; i++)
        if (text_equals(options->unsigned_headers[i], name))
            return true;
    return name.size == 0 || is_never_signed(name);
}

/* What a signature is made of, gathered for both ways of sending it. */
struct signing {
    const struct sigv4_options *options;
    struct sigv4_key *key;         /* SigV4 */
    const struct ecdsa_key *ecdsa; /* SigV4a */
    struct arena *arena;
    const char *date; /* 16 bytes */
    text algorithm, scope, payload;
    struct canonical_headers headers;
    char signature[SIGV4A_SIGNATURE_MOST];
    size_t signature_size;
    char asymmetric_scope[SIGV4_SCOPE_MOST];
};

static inia_status find_symmetric_key(struct signing *signing, struct sigv4_signer *signer)
{
    const struct sigv4_options *options = signing->options;
    signing->ecdsa = NULL;
    signing->key = sigv4_key_for(
        signer, options->credentials->secret_key, text_from(signer->written, 8), options->region,
        options->service);
    if (!signing->key)
        return INIA_BAD_CONFIG;
    signing->algorithm = TEXT("AWS4-HMAC-SHA256");
    signing->scope = text_from(signing->key->scope, signing->key->scope_size);
    return INIA_OK;
}

static inia_status find_asymmetric_key(struct signing *signing)
{
    const struct sigv4_options *options = signing->options;
    struct buffer scope;
    buffer_init_fixed(&scope, signing->asymmetric_scope, sizeof signing->asymmetric_scope);
    buffer_add(&scope, text_from(signing->date, 8));
    buffer_add_char(&scope, '/');
    buffer_add(&scope, options->service);
    buffer_add(&scope, TEXT("/aws4_request"));
    if (!buffer_ok(&scope))
        return INIA_BAD_CONFIG;
    signing->algorithm = TEXT("AWS4-ECDSA-P256-SHA256");
    signing->scope = buffer_text(&scope);
    signing->key = NULL;
    signing->ecdsa = sigv4a_key_for(
        options->asymmetric, options->credentials->access_key_id, options->credentials->secret_key);
    return signing->ecdsa ? INIA_OK : INIA_UNSUPPORTED;
}

static inia_status signing_begin(
    struct signing *signing, struct sigv4_signer *signer, struct arena *arena,
    const struct sigv4_options *options, int64_t now_s)
{
    check(options->credentials && options->credentials->secret_key);
    if (signer->written_s != now_s || signer->written[0] == 0) {
        date_write_basic(signer->written, now_s);
        signer->written_s = now_s;
    }
    signing->options = options;
    signing->arena = arena;
    signing->date = signer->written;
    signing->payload = options->payload.size ? options->payload : empty_payload;
    signing->headers.count = 0;
    return options->asymmetric ? find_asymmetric_key(signing) : find_symmetric_key(signing, signer);
}

static bool add_signed_headers(struct signing *signing, const struct http_draft *draft)
{
    for (size_t i = 0; i < draft->header_count; i++) {
        const struct http_header *header = &draft->headers[i];
        if (!is_excluded(signing->options, header->name) &&
            !canonical_headers_add(&signing->headers, header->name, header->value))
            return false;
    }
    return true;
}

static void fill_chain(const struct signing *signing, struct sigv4_chain *chain)
{
    if (signing->key)
        chain->hmac = signing->key->hmac;
    chain->asymmetric = signing->ecdsa ? signing->options->asymmetric : NULL;
    if (signing->ecdsa)
        chain->ecdsa = *signing->ecdsa;
    memcpy(chain->date, signing->date, sizeof chain->date);
    memcpy(chain->scope, signing->scope.data, signing->scope.size);
    chain->scope_size = signing->scope.size;
    memcpy(chain->previous, signing->signature, signing->signature_size);
    chain->previous_size = signing->signature_size;
}

static inia_status sign_asymmetric(struct signing *signing, const unsigned char hash[SHA256_SIZE])
{
    char memory[64 + SIGV4_SCOPE_MOST + 2 * SHA256_SIZE];
    struct buffer to_sign;
    buffer_init_fixed(&to_sign, memory, sizeof memory);
    buffer_add(&to_sign, signing->algorithm);
    buffer_add_char(&to_sign, '\n');
    buffer_add(&to_sign, text_from(signing->date, 16));
    buffer_add_char(&to_sign, '\n');
    buffer_add(&to_sign, signing->scope);
    buffer_add_char(&to_sign, '\n');
    buffer_add_hex(&to_sign, text_from(hash, SHA256_SIZE));
    check(buffer_ok(&to_sign));
    if (signing->options->to_sign)
        buffer_add(signing->options->to_sign, buffer_text(&to_sign));
    signing->signature_size = sigv4a_signature(
        signing->signature, signing->ecdsa, &signing->options->asymmetric->random,
        buffer_text(&to_sign));
    return signing->signature_size ? INIA_OK : INIA_UNSUPPORTED;
}

static struct canonical_request canonical_request_of(
    const struct signing *signing, const struct http_draft *draft)
{
    const struct sigv4_options *options = signing->options;
    return (struct canonical_request){
        .method = draft->method,
        .path = draft->path,
        .path_flags = (options->path_not_normalized ? 0u : CANONICAL_PATH_NORMALIZED) |
                      (options->path_encoded_once ? 0u : CANONICAL_PATH_ENCODED),
        .query = draft->query,
        .headers = &signing->headers,
        .payload = signing->payload,
    };
}

static inia_status sign(struct signing *signing, const struct http_draft *draft)
{
    const struct sigv4_options *options = signing->options;
    struct canonical_request request = canonical_request_of(signing, draft);
    unsigned char hash[SHA256_SIZE];
    if (!canonical_hash(hash, &request, signing->arena, options->canonical))
        return INIA_NO_MEMORY;
    if (signing->ecdsa) {
        inia_status status = sign_asymmetric(signing, hash);
        if (status != INIA_OK)
            return status;
    } else {
        sigv4_signature(signing->signature, signing->key, signing->date, hash, options->to_sign);
        signing->signature_size = SIGV4_SIGNATURE_SIZE;
    }
    if (options->chain)
        fill_chain(signing, options->chain);
    return INIA_OK;
}

/* ---- In headers ------------------------------------------------------------------------------ */

static const text date_name = TEXT_INIT("x-amz-date");
static const text security_token_name = TEXT_INIT("x-amz-security-token");
static const text session_token_name = TEXT_INIT("x-amz-s3session-token");
static const text hash_name = TEXT_INIT("x-amz-content-sha256");
static const text authorization_name = TEXT_INIT("authorization");
static const text region_set_name = TEXT_INIT("x-amz-region-set");

/* Takes what an earlier attempt was given out again. */
static void remove_added_headers(struct http_draft *draft, bool hash_too)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->header_count; i++) {
        text name = draft->headers[i].name;
        bool is_added =
            text_equals(name, date_name) || text_equals(name, authorization_name) ||
            text_equals(name, security_token_name) || text_equals(name, session_token_name) ||
            text_equals(name, region_set_name) || (hash_too && text_equals(name, hash_name));
        if (!is_added) {
            if (kept != i)
                draft->headers[kept] = draft->headers[i];
            kept++;
        }
    }
    draft->header_count = kept;
}

static text token_name(const struct sigv4_options *options)
{
    return options->s3_session ? session_token_name : security_token_name;
}

static char *append(char *at, text piece)
{
    memcpy(at, piece.data, piece.size);
    return at + piece.size;
}

/* The value of the authorization header; its size was counted by the caller. */
static text write_authorization(char *out, const struct signing *signing)
{
    char *at = append(out, signing->algorithm);
    at = append(at, TEXT(" Credential="));
    at = append(at, signing->options->credentials->access_key_id);
    *at++ = '/';
    at = append(at, signing->scope);
    at = append(at, TEXT(", SignedHeaders="));
    at += canonical_signed_headers(&signing->headers, at);
    at = append(at, TEXT(", Signature="));
    at = append(at, text_from(signing->signature, signing->signature_size));
    return text_from(out, (size_t)(at - out));
}

static size_t authorization_capacity(const struct signing *signing)
{
    size_t size = sizeof " Credential=/, SignedHeaders=, Signature=" + signing->algorithm.size +
                  signing->options->credentials->access_key_id.size + signing->scope.size +
                  signing->signature_size;
    for (size_t i = 0; i < signing->headers.count; i++)
        size += signing->headers.items[i].name.size + 1;
    return size;
}

/* All but the signature itself; false: no memory. */
static bool add_headers(const struct signing *signing, struct http_draft *draft)
{
    const struct sigv4_options *options = signing->options;
    struct arena *arena = signing->arena;
    text token = options->credentials->session_token;
    char *date = arena_alloc(arena, 16);
    if (!date)
        return false;
    memcpy(date, signing->date, 16);
    if (!http_draft_add(draft, arena, date_name, text_from(date, 16)))
        return false;
    if (options->payload_header && !http_draft_add(draft, arena, hash_name, signing->payload))
        return false;
    if (options->asymmetric && !http_draft_add(draft, arena, region_set_name, options->region))
        return false;
    return !token.size || options->token_unsigned ||
           http_draft_add(draft, arena, token_name(options), token);
}

static inia_status gather_headers(struct signing *signing, struct http_draft *draft)
{
    remove_added_headers(draft, signing->options->payload_header);
    if (!add_headers(signing, draft))
        return INIA_NO_MEMORY;
    return add_signed_headers(signing, draft) ? INIA_OK : INIA_TOO_LARGE;
}

/* The header's value; absent: no memory. */
static text add_authorization(const struct signing *signing, struct http_draft *draft)
{
    text none = {NULL, 0}, token = signing->options->credentials->session_token;
    char *room = arena_alloc(signing->arena, authorization_capacity(signing));
    if (!room)
        return none;
    text authorization = write_authorization(room, signing);
    if (!http_draft_add(draft, signing->arena, authorization_name, authorization) ||
        (token.size && signing->options->token_unsigned &&
         !http_draft_add(draft, signing->arena, token_name(signing->options), token)))
        return none;
    return authorization;
}

inia_status sigv4_sign_headers(
    struct sigv4_signer *signer, struct http_draft *draft, struct arena *arena,
    const struct sigv4_options *options, int64_t now_s)
{
    struct signing signing;
    inia_status status = signing_begin(&signing, signer, arena, options, now_s);
    if (status == INIA_OK)
        status = gather_headers(&signing, draft);
    if (status == INIA_OK)
        status = sign(&signing, draft);
    if (status != INIA_OK)
        return status;
    return add_authorization(&signing, draft).data ? INIA_OK : INIA_NO_MEMORY;
}

/* ---- In headers, many requests at once ------------------------------------------------------- */

inia_status sigv4_job_begin(
    struct sigv4_job *job, struct sigv4_signer *signer, struct http_draft *draft,
    struct arena *arena, const struct sigv4_options *options, int64_t now_s)
{
    check(!options->asymmetric && !options->chain && !options->canonical && !options->to_sign);
    struct signing signing;
    inia_status status = signing_begin(&signing, signer, arena, options, now_s);
    if (status == INIA_OK)
        status = gather_headers(&signing, draft);
    if (status != INIA_OK)
        return status;
    struct canonical_request request = canonical_request_of(&signing, draft);
    size_t size = canonical_write(job->canonical, sizeof job->canonical, &request, arena);
    if (size == 0)
        return INIA_TOO_LARGE;
    sigv4_key_prepare(signing.key, signing.date, job);

    signing.signature_size = SIGV4_SIGNATURE_SIZE;
    memset(signing.signature, '0', signing.signature_size);
    text authorization = add_authorization(&signing, draft);
    if (!authorization.data)
        return INIA_NO_MEMORY;
    /* Its last characters: the draft's header, which we have just written, gets the signature. */
    job->signature = (char *)authorization.data + authorization.size - SIGV4_SIGNATURE_SIZE;
    job->hashing =
        (struct sha256_job){.message = text_from(job->canonical, size), .digest = job->hash};
    return INIA_OK;
}

void sigv4_job_sign(struct sigv4_job *job)
{
    hex_encode(job->last_lines + job->rest_size, job->hash, SHA256_SIZE);
    job->hashing = (struct sha256_job){
        .message = text_from(job->last_lines, job->rest_size + 2 * SHA256_SIZE),
        .digest = job->hash,
        .from = &job->inner};
}

void sigv4_job_sign_outer(struct sigv4_job *job)
{
    memcpy(job->last_lines, job->hash, SHA256_SIZE);
    job->hashing = (struct sha256_job){
        .message = text_from(job->last_lines, SHA256_SIZE),
        .digest = job->hash,
        .from = &job->outer};
}

void sigv4_job_end(struct sigv4_job *job)
{
    hex_encode(job->signature, job->hash, SHA256_SIZE);
    memory_wipe(&job->inner, sizeof job->inner);
    memory_wipe(&job->outer, sizeof job->outer);
}

/* ---- In the URL ------------------------------------------------------------------------------ */

static bool is_added_parameter(text part)
{
    static const text names[] = {
        TEXT_INIT("X-Amz-Algorithm"),
        TEXT_INIT("X-Amz-Credential"),
        TEXT_INIT("X-Amz-Date"),
        TEXT_INIT("X-Amz-Expires"),
        TEXT_INIT("X-Amz-Region-Set"),
        TEXT_INIT("X-Amz-Security-Token"),
        TEXT_INIT("X-Amz-Signature"),
        TEXT_INIT("X-Amz-SignedHeaders"),
        TEXT_INIT("X-Amz-S3session-Token"),
    };
    text value, name = text_split(part, '=', &value);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(name, names[i]))
            return true;
    return false;
}

static void add_part(struct buffer *query, text part)
{
    if (query->size)
        buffer_add_char(query, '&');
    buffer_add(query, part);
}

static void add_own_parameters(struct buffer *query, text old)
{
    for (text rest = old; rest.data;) {
        text part = text_split(rest, '&', &rest);
        if (part.size && !is_added_parameter(part))
            add_part(query, part);
    }
}

static void add_token(struct buffer *query, const struct sigv4_options *options)
{
    add_part(
        query,
        options->s3_session ? TEXT("X-Amz-S3session-Token=") : TEXT("X-Amz-Security-Token="));
    buffer_add_percent(query, options->credentials->session_token, PERCENT_UNRESERVED);
}

static void add_presign_parameters(struct buffer *query, const struct signing *signing)
{
    const struct signing_credentials *credentials = signing->options->credentials;
    add_part(query, TEXT("X-Amz-Algorithm="));
    buffer_add(query, signing->algorithm);
    add_part(query, TEXT("X-Amz-Credential="));
    buffer_add_percent(query, credentials->access_key_id, PERCENT_UNRESERVED);
    buffer_add(query, TEXT("%2F"));
    buffer_add_percent(query, signing->scope, PERCENT_UNRESERVED);
    add_part(query, TEXT("X-Amz-Date="));
    buffer_add(query, text_from(signing->date, 16));
    add_part(query, TEXT("X-Amz-Expires="));
    buffer_add_u64(query, signing->options->expires_s);
    add_part(query, TEXT("X-Amz-SignedHeaders="));
    text last = {NULL, 0};
    for (size_t i = 0; i < signing->headers.count; i++) {
        text name = signing->headers.items[i].name;
        if (i && text_equals(name, last))
            continue;
        if (i)
            buffer_add(query, TEXT("%3B"));
        buffer_add_percent(query, name, PERCENT_UNRESERVED);
        last = name;
    }
    if (signing->ecdsa) {
        add_part(query, TEXT("X-Amz-Region-Set="));
        buffer_add_percent(query, signing->options->region, PERCENT_UNRESERVED);
    }
    if (credentials->session_token.size && !signing->options->token_unsigned)
        add_token(query, signing->options);
}

inia_status sigv4_presign(
    struct sigv4_signer *signer, struct http_draft *draft, struct arena *arena,
    const struct sigv4_options *options, int64_t now_s)
{
    struct signing signing;
    inia_status status = signing_begin(&signing, signer, arena, options, now_s);
    if (status != INIA_OK)
        return status;
    remove_added_headers(draft, false);
    if (!add_signed_headers(&signing, draft))
        return INIA_TOO_LARGE;

    struct buffer query;
    buffer_init(&query, arena);
    add_own_parameters(&query, draft->query);
    add_presign_parameters(&query, &signing);
    if (!buffer_ok(&query))
        return INIA_NO_MEMORY;
    draft->query = buffer_text(&query);
    status = sign(&signing, draft);
    if (status != INIA_OK)
        return status;
    if (options->credentials->session_token.size && options->token_unsigned)
        add_token(&query, options);
    add_part(&query, TEXT("X-Amz-Signature="));
    buffer_add(&query, text_from(signing.signature, signing.signature_size));
    if (!buffer_ok(&query))
        return INIA_NO_MEMORY;
    draft->query = buffer_text(&query);
    return INIA_OK;
}
