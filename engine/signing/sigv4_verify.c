#include "sigv4_verify.h"

#include "sigv4_chunks.h"

#include "canonical.h"
#include "formats/formats.h"

/* ---- Reading the claim ----------------------------------------------------------------------- */

static text header_value(const struct http_request *request, const char *name)
{
    const struct http_header *header =
        http_find_header(request->headers, request->header_count, text_of(name));
    return header ? header->value : (text){NULL, 0};
}

/* id/20150830/region/service/aws4_request, where the id may hold slashes; SigV4a's has no region.
 */
static const char *read_credential(struct sigv4_claim *claim, text credential, text *day)
{
    text end, parts[3]; /* the last first */
    size_t count = claim->is_asymmetric ? 2 : 3, slash = text_find_last(credential, '/');
    if (slash == credential.size)
        return "a credential that is not id/date/region/service/aws4_request";
    end = text_after(credential, slash + 1);
    for (size_t i = 0; i < count; i++) {
        credential.size = slash;
        slash = text_find_last(credential, '/');
        if (slash == credential.size)
            return "a credential that is not id/date/region/service/aws4_request";
        parts[i] = text_after(credential, slash + 1);
    }
    claim->access_key_id = text_from(credential.data, slash);
    *day = parts[count - 1];
    claim->service = parts[0];
    if (!claim->is_asymmetric)
        claim->region = parts[1];
    if (!claim->access_key_id.size || !claim->region.size || !claim->service.size)
        return "a credential with an empty part";
    return text_equals(end, TEXT("aws4_request")) ? NULL : "a credential without aws4_request";
}

static bool take_digits(struct cursor *cursor, size_t count, char end, unsigned *value)
{
    text digits = cursor_take(cursor, count);
    *value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        *value = *value * 10 + (unsigned)(digits.data[i] - '0');
    }
    return cursor_ok(cursor) && (!end || cursor_skip(cursor, text_from(&end, 1)));
}

/* 20150830T123600Z */
static bool read_basic_date(text written, int64_t *seconds)
{
    struct cursor cursor = cursor_of(written);
    unsigned year, month, day, hour, minute, second;
    if (!take_digits(&cursor, 4, 0, &year) || !take_digits(&cursor, 2, 0, &month) ||
        !take_digits(&cursor, 2, 'T', &day) || !take_digits(&cursor, 2, 0, &hour) ||
        !take_digits(&cursor, 2, 0, &minute) || !take_digits(&cursor, 2, 'Z', &second) ||
        !cursor_is_done(&cursor))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    /* Days since 1970-03-01 and so on, with years that begin in March. */
    int64_t y = (int64_t)year - (month <= 2), m = ((int64_t)month + 9) % 12;
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
    *seconds = days * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static const char *read_date(struct sigv4_claim *claim, text written, text day)
{
    if (!read_basic_date(written, &claim->date_s))
        return "a time that is not like 20150830T123600Z";
    memcpy(claim->date, written.data, sizeof claim->date);
    return text_equals(day, text_from(claim->date, 8))
               ? NULL
               : "a credential of another day than the request's time";
}

static const char *read_parts(struct sigv4_claim *claim, text credential, text date)
{
    text day;
    if (!credential.size || !claim->signed_headers.size || !claim->signature.size)
        return "a part of the signature is missing";
    if (!date.size)
        return "the time is missing";
    const char *problem = read_credential(claim, credential, &day);
    return problem ? problem : read_date(claim, date, day);
}

/* The time by the header Date, where there is no x-amz-date. */
static text date_of_header(const struct http_request *request, char out[16])
{
    struct date date;
    text written = header_value(request, "date");
    if (!written.size || !date_parse_http(written, &date))
        return written;
    date_write_basic(out, date.seconds);
    return text_from(out, 16);
}

static const text asymmetric = TEXT_INIT("AWS4-ECDSA-P256-SHA256");

static const char *read_header(
    struct sigv4_claim *claim, const struct http_request *request, text authorization)
{
    text rest, algorithm = text_split(authorization, ' ', &rest), credential = {NULL, 0};
    claim->is_asymmetric = text_equals(algorithm, asymmetric);
    if (!rest.data || (!claim->is_asymmetric && !text_equals(algorithm, TEXT("AWS4-HMAC-SHA256"))))
        return "an authorization that is neither AWS4-HMAC-SHA256 nor AWS4-ECDSA-P256-SHA256";
    while (rest.data) {
        text value, part = text_split(rest, ',', &rest);
        text name = text_trim(text_split(part, '=', &value));
        value = text_trim(value);
        if (text_equals(name, TEXT("Credential")))
            credential = value;
        else if (text_equals(name, TEXT("SignedHeaders")))
            claim->signed_headers = value;
        else if (text_equals(name, TEXT("Signature")))
            claim->signature = value;
        else
            return "an authorization with an unknown part";
    }
    char basic[16];
    text date = header_value(request, "x-amz-date");
    claim->session_token = header_value(request, "x-amz-security-token");
    if (!claim->session_token.size)
        claim->session_token = header_value(request, "x-amz-s3session-token");
    if (claim->is_asymmetric)
        claim->region = header_value(request, "x-amz-region-set");
    return read_parts(claim, credential, date.size ? date : date_of_header(request, basic));
}

/* ---- Query ----------------------------------------------------------------------------------- */

struct query_parts {
    text credential, date, expires, unused;
    text rest; /* the query without the signature */
};

static bool decode_part(text *part, struct arena *arena)
{
    if (text_find(*part, '%') == part->size)
        return true;
    char *decoded = arena_alloc(arena, part->size);
    if (decoded)
        *part = text_from(decoded, percent_decode(decoded, *part));
    return decoded != NULL;
}

static text *find_part(struct sigv4_claim *claim, struct query_parts *parts, text name)
{
    const struct {
        text name;
        text *place;
    } places[] = {
        {TEXT("X-Amz-Credential"), &parts->credential},
        {TEXT("X-Amz-Date"), &parts->date},
        {TEXT("X-Amz-Expires"), &parts->expires},
        {TEXT("X-Amz-SignedHeaders"), &claim->signed_headers},
        {TEXT("X-Amz-Security-Token"), &claim->session_token},
        {TEXT("X-Amz-S3session-Token"), &claim->session_token},
        {TEXT("X-Amz-Region-Set"), claim->is_asymmetric ? &claim->region : &parts->unused},
    };
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (text_equals(name, places[i].name))
            return places[i].place;
    return NULL;
}

/* false: no memory. */
static bool split_query(
    struct sigv4_claim *claim, struct query_parts *parts, text query, struct arena *arena)
{
    struct buffer kept;
    buffer_init(&kept, arena);
    for (text rest = query; rest.data;) {
        text value, part = text_split(rest, '&', &rest);
        text name = text_split(part, '=', &value);
        if (!part.size)
            continue;
        if (text_equals(name, TEXT("X-Amz-Signature"))) {
            claim->signature = value;
            continue;
        }
        if (kept.size)
            buffer_add_char(&kept, '&');
        buffer_add(&kept, part);
        text *place = find_part(claim, parts, name);
        if (place) {
            *place = value;
            if (!decode_part(place, arena))
                return false;
        }
    }
    parts->rest = buffer_text(&kept);
    return buffer_ok(&kept);
}

static const char *read_query(struct sigv4_claim *claim, const struct query_parts *parts)
{
    uint64_t expires;
    if (!text_to_u64(parts->expires, &expires) || expires < 1 || expires > SIGV4_EXPIRES_MOST_S)
        return "X-Amz-Expires is not a number of seconds from 1 to 604800";
    claim->expires_s = (uint32_t)expires;
    claim->in_query = true;
    return read_parts(claim, parts->credential, parts->date);
}

/* ---- What should have been signed ------------------------------------------------------------ */

/* A header that AWS wants signed if it is there. */
static bool must_be_signed(const struct sigv4_claim *claim, text name)
{
    if (text_equals_ignoring_case(name, TEXT("host")))
        return true;
    if (!text_starts_with_ignoring_case(name, TEXT("x-amz-")))
        return false;
    bool may_stay_out =
        text_equals_ignoring_case(name, TEXT("x-amz-security-token")) ||
        (claim->in_query && text_equals_ignoring_case(name, TEXT("x-amz-content-sha256")));
    return !may_stay_out;
}

static bool is_signed(const struct canonical_headers *headers, text name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (text_equals_ignoring_case(headers->items[i].name, name))
            return true;
    return false;
}

static enum sigv4_verdict malformed(struct sigv4_claim *claim, const char *problem)
{
    claim->problem = problem;
    return SIGV4_MALFORMED;
}

/* SigV4a: whether the signature is the key's; also the text that is signed, to be read. */
static bool is_signature_of(
    const struct sigv4_claim *claim, const struct ecdsa_key *key, text scope,
    const unsigned char hash[SHA256_SIZE], struct buffer *to_sign)
{
    buffer_add(to_sign, asymmetric);
    buffer_add_char(to_sign, '\n');
    buffer_add(to_sign, text_from(claim->date, sizeof claim->date));
    buffer_add_char(to_sign, '\n');
    buffer_add(to_sign, scope);
    buffer_add_char(to_sign, '\n');
    buffer_add_hex(to_sign, text_from(hash, SHA256_SIZE));
    return buffer_ok(to_sign) && sigv4a_is_signature(claim->signature, key, buffer_text(to_sign));
}

/* Empty: the service is too long to be one. */
static text write_asymmetric_scope(char out[SIGV4_SCOPE_MOST], const struct sigv4_claim *claim)
{
    struct buffer scope;
    buffer_init_fixed(&scope, out, SIGV4_SCOPE_MOST);
    buffer_add(&scope, text_from(claim->date, 8));
    buffer_add_char(&scope, '/');
    buffer_add(&scope, claim->service);
    buffer_add(&scope, TEXT("/aws4_request"));
    return buffer_ok(&scope) ? buffer_text(&scope) : (text){NULL, 0};
}

/* The keys are there. */
static void fill_chain(struct sigv4_claim *claim, text scope)
{
    struct sigv4_chain *chain = &claim->chain;
    memcpy(chain->date, claim->date, sizeof chain->date);
    memcpy(chain->scope, scope.data, scope.size);
    chain->scope_size = scope.size;
    memcpy(chain->previous, claim->signature.data, claim->signature.size);
    chain->previous_size = claim->signature.size;
}

static enum sigv4_verdict check_asymmetric(
    struct sigv4_verifier *verifier, const struct canonical_request *canonical,
    const struct secret *secret_key, struct arena *arena, struct sigv4_claim *claim)
{
    unsigned char hash[SHA256_SIZE];
    struct buffer request, to_sign;
    buffer_init(&request, arena);
    buffer_init(&to_sign, arena);
    char scope_memory[SIGV4_SCOPE_MOST];
    text scope = write_asymmetric_scope(scope_memory, claim);
    if (!scope.size)
        return malformed(claim, "a credential that is too long");
    const struct ecdsa_key *key =
        sigv4a_key_for(&verifier->asymmetric, claim->access_key_id, secret_key);
    if (!key || !canonical_hash(hash, canonical, arena, &request))
        return SIGV4_NO_MEMORY;
    if (is_signature_of(claim, key, scope, hash, &to_sign)) {
        if (sigv4_chunks_are_signed(claim->payload)) {
            claim->chain.asymmetric = &verifier->asymmetric;
            claim->chain.ecdsa = *key;
            fill_chain(claim, scope);
        }
        return SIGV4_VALID;
    }
    if (!buffer_ok(&request) || !buffer_ok(&to_sign))
        return SIGV4_NO_MEMORY;
    claim->canonical_request = buffer_text(&request);
    claim->string_to_sign = buffer_text(&to_sign);
    return SIGV4_MISMATCH;
}

static const char *gather_headers(
    const struct sigv4_claim *claim, const struct http_request *request,
    struct canonical_headers *headers)
{
    headers->count = 0;
    for (text rest = claim->signed_headers; rest.data;) {
        text name = text_split(rest, ';', &rest);
        bool found = false;
        for (size_t i = 0; i < request->header_count; i++) {
            if (!text_equals_ignoring_case(request->headers[i].name, name))
                continue;
            found = true;
            if (!canonical_headers_add(headers, name, request->headers[i].value))
                return "too many signed headers";
        }
        if (!found)
            return "a signed header is not there";
    }
    for (size_t i = 0; i < request->header_count; i++)
        if (must_be_signed(claim, request->headers[i].name) &&
            !is_signed(headers, request->headers[i].name))
            return "there are headers in the request that should be signed and are not";
    return NULL;
}

/* Those whose paths are signed as they are sent; s3tables, for one, is not among them. */
static bool is_s3(text service)
{
    static const text names[] = {
        TEXT_INIT("s3"), TEXT_INIT("s3-object-lambda"), TEXT_INIT("s3-outposts"),
        TEXT_INIT("s3express")};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(service, names[i]))
            return true;
    return false;
}

static void find_payload(
    struct sigv4_claim *claim, const struct http_request *request, text payload)
{
    claim->payload = header_value(request, "x-amz-content-sha256");
    if (claim->payload.size)
        return;
    if (claim->in_query && is_s3(claim->service))
        claim->payload = TEXT("UNSIGNED-PAYLOAD");
    else if (payload.size)
        claim->payload = payload;
    else
        claim->payload = TEXT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Chunks are signed as the request is. */
static bool has_chunks_of_other_kind(const struct sigv4_claim *claim)
{
    return sigv4_chunks_are_signed(claim->payload) &&
           claim->is_asymmetric !=
               text_starts_with(claim->payload, TEXT("STREAMING-AWS4-ECDSA-P256-SHA256-"));
}

static enum sigv4_verdict check_time(const struct sigv4_claim *claim, int64_t now_s)
{
    int64_t age = now_s - claim->date_s;
    if (age < -SIGV4_SKEW_MOST_S)
        return SIGV4_SKEWED;
    if (claim->in_query)
        return age > claim->expires_s ? SIGV4_EXPIRED : SIGV4_VALID;
    return age > SIGV4_SKEW_MOST_S ? SIGV4_SKEWED : SIGV4_VALID;
}

/* Makes both texts again, this time to be read. */
static enum sigv4_verdict explain(
    struct sigv4_claim *claim, const struct canonical_request *canonical, struct sigv4_key *key,
    struct arena *arena)
{
    struct buffer request, to_sign;
    unsigned char hash[SHA256_SIZE];
    char signature[SIGV4_SIGNATURE_SIZE];
    buffer_init(&request, arena);
    buffer_init(&to_sign, arena);
    if (!canonical_hash(hash, canonical, arena, &request))
        return SIGV4_NO_MEMORY;
    sigv4_signature(signature, key, claim->date, hash, &to_sign);
    if (!buffer_ok(&request) || !buffer_ok(&to_sign))
        return SIGV4_NO_MEMORY;
    claim->canonical_request = buffer_text(&request);
    claim->string_to_sign = buffer_text(&to_sign);
    return SIGV4_MISMATCH;
}

static bool matches(
    const struct sigv4_claim *claim, const struct canonical_request *canonical,
    struct sigv4_key *key, struct arena *arena, bool *no_memory)
{
    unsigned char hash[SHA256_SIZE];
    char signature[SIGV4_SIGNATURE_SIZE];
    *no_memory = !canonical_hash(hash, canonical, arena, NULL);
    if (*no_memory)
        return false;
    sigv4_signature(signature, key, claim->date, hash, NULL);
    return secret_equals(claim->signature, text_from(signature, sizeof signature));
}

/* A slash that was sent as %2F may have been signed so; decoding it would make it a plain one. */
static bool has_encoded_slash(text path)
{
    return text_find_text(path, TEXT("%2F")) != SIZE_MAX;
}

/* The claim is read, and query is what it covers. */
static enum sigv4_verdict check_signature(
    struct sigv4_verifier *verifier, const struct http_request *request, text query,
    struct arena *arena, struct sigv4_claim *claim)
{
    struct canonical_headers headers;
    const char *problem = gather_headers(claim, request, &headers);
    if (problem)
        return malformed(claim, problem);
    const struct secret *secret_key = verifier->find_secret(verifier->arg, claim->access_key_id);
    if (!secret_key)
        return SIGV4_UNKNOWN_KEY;
    text unused;
    struct canonical_request canonical = {
        .method = request->method,
        .path = text_split(request->target, '?', &unused),
        .path_flags = CANONICAL_PATH_ENCODED |
                      (is_s3(claim->service) ? CANONICAL_PATH_DECODED : CANONICAL_PATH_NORMALIZED),
        .query = query,
        .headers = &headers,
        .payload = claim->payload,
    };
    if (claim->is_asymmetric)
        return check_asymmetric(verifier, &canonical, secret_key, arena, claim);
    struct sigv4_key *key = sigv4_key_for(
        &verifier->signer, secret_key, text_from(claim->date, 8), claim->region, claim->service);
    if (!key)
        return malformed(claim, "a credential that is too long");
    bool no_memory;
    if (!matches(claim, &canonical, key, arena, &no_memory)) {
        struct canonical_request as_sent = canonical;
        as_sent.path_flags = 0;
        bool again = !no_memory && is_s3(claim->service) && has_encoded_slash(canonical.path);
        if (!again || !matches(claim, &as_sent, key, arena, &no_memory))
            return no_memory ? SIGV4_NO_MEMORY : explain(claim, &canonical, key, arena);
    }
    if (sigv4_chunks_are_signed(claim->payload)) {
        claim->chain.asymmetric = NULL;
        claim->chain.hmac = key->hmac;
        fill_chain(claim, text_from(key->scope, key->scope_size));
    }
    return SIGV4_VALID;
}

enum sigv4_verdict sigv4_verify(
    struct sigv4_verifier *verifier, const struct http_request *request, text payload,
    struct arena *arena, int64_t now_s, struct sigv4_claim *claim)
{
    memset(claim, 0, offsetof(struct sigv4_claim, chain));
    text query, authorization = header_value(request, "authorization");
    (void)text_split(request->target, '?', &query);
    const char *problem;
    if (authorization.size) {
        problem = read_header(claim, request, authorization);
    } else if (text_find_text(query, TEXT("X-Amz-Algorithm=AWS4-")) != SIZE_MAX) {
        struct query_parts parts = {0};
        claim->is_asymmetric = text_find_text(query, asymmetric) != SIZE_MAX;
        if (!split_query(claim, &parts, query, arena))
            return SIGV4_NO_MEMORY;
        problem = read_query(claim, &parts);
        query = parts.rest;
    } else {
        return SIGV4_MISSING;
    }
    if (problem)
        return malformed(claim, problem);
    find_payload(claim, request, payload);
    if (has_chunks_of_other_kind(claim))
        return malformed(claim, "chunks that are signed otherwise than the request");
    enum sigv4_verdict verdict = check_time(claim, now_s);
    return verdict == SIGV4_VALID ? check_signature(verifier, request, query, arena, claim)
                                  : verdict;
}
