#include "dpop.h"

#include "formats/formats.h"

/* ---- The key --------------------------------------------------------------------------------- */

enum { DER_INTEGER = 0x02, DER_OCTETS = 0x04, DER_SEQUENCE = 0x30 };

/* What an element of this kind holds; the cursor is marked if there is another one. */
static struct cursor take_element(struct cursor *cursor, uint8_t kind)
{
    bool fits = cursor_u8(cursor) == kind;
    size_t size = cursor_u8(cursor);
    if (size == 0x81)
        size = cursor_u8(cursor);
    else if (size == 0x82)
        size = cursor_u16(cursor);
    else if (size > 0x80)
        fits = false;
    text held = cursor_take(cursor, size);
    if (!fits || !cursor_ok(cursor))
        cursor->failed = true;
    return cursor_of(cursor->failed ? (text){NULL, 0} : held);
}

/* ECPrivateKey of RFC 5915, or that within PrivateKeyInfo of RFC 5208. */
static text find_private_key(struct cursor der)
{
    for (int depth = 0; depth < 2; depth++) {
        struct cursor whole = take_element(&der, DER_SEQUENCE);
        (void)take_element(&whole, DER_INTEGER);
        bool wrapped = cursor_peek(&whole) == DER_SEQUENCE;
        if (wrapped)
            (void)take_element(&whole, DER_SEQUENCE);
        struct cursor octets = take_element(&whole, DER_OCTETS);
        if (!cursor_ok(&whole))
            break;
        if (!wrapped)
            return cursor_rest(&octets);
        der = octets;
    }
    return (text){NULL, 0};
}

bool dpop_read_key(unsigned char private_key[ECDSA_SCALAR_SIZE], text pem, struct arena *arena)
{
    struct buffer base64;
    buffer_init(&base64, arena);
    for (text rest = pem; rest.size;) {
        text line = text_trim(text_split(rest, '\n', &rest));
        if (!text_starts_with(line, TEXT("-----")))
            buffer_add(&base64, line);
    }
    unsigned char *der = arena_alloc(arena, base64.size + 4);
    if (!der || !buffer_ok(&base64))
        return false;
    size_t size = base64_decode(der, buffer_text(&base64));
    text key = {NULL, 0};
    if (size && size != SIZE_MAX)
        key = find_private_key(cursor_of(text_from(der, size)));
    if (key.size != ECDSA_SCALAR_SIZE)
        return false;
    memcpy(private_key, key.data, ECDSA_SCALAR_SIZE);
    return true;
}

/* ---- The token ------------------------------------------------------------------------------- */

/* RFC 7515's base64url, without padding. */
static void add_base64url(struct buffer *out, text bytes)
{
    size_t start = out->size;
    buffer_add_base64(out, bytes);
    if (!buffer_ok(out))
        return;
    while (out->size > start && out->data[out->size - 1] == '=')
        out->size--;
    for (size_t i = start; i < out->size; i++) {
        char c = out->data[i];
        out->data[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
}

static bool add_signature(
    struct buffer *out, const struct ecdsa_key *key, struct ecdsa_random *random)
{
    unsigned char digest[SHA256_SIZE], der[ECDSA_SIGNATURE_MOST];
    unsigned char pair[2 * ECDSA_SCALAR_SIZE] = {0};
    sha256_once(digest, buffer_text(out));
    size_t size = ecdsa_sign(der, key, random, digest);
    if (!size)
        return false;
    struct cursor cursor = cursor_of(text_from(der, size));
    struct cursor both = take_element(&cursor, DER_SEQUENCE);
    for (int i = 0; i < 2; i++) {
        struct cursor integer = take_element(&both, DER_INTEGER);
        text number = cursor_rest(&integer);
        while (number.size && *number.data == 0)
            number = text_after(number, 1);
        if (number.size > ECDSA_SCALAR_SIZE)
            return false;
        memcpy(pair + (i + 1) * ECDSA_SCALAR_SIZE - number.size, number.data, number.size);
    }
    buffer_add_char(out, '.');
    add_base64url(out, text_from(pair, sizeof pair));
    return cursor_ok(&both);
}

static void add_header(struct buffer *out, const struct ecdsa_key *key, struct arena *arena)
{
    struct buffer header;
    buffer_init(&header, arena);
    buffer_add(
        &header, TEXT("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"x\":\""));
    add_base64url(&header, text_from(key->public_x, sizeof key->public_x));
    buffer_add(&header, TEXT("\",\"y\":\""));
    add_base64url(&header, text_from(key->public_y, sizeof key->public_y));
    buffer_add(&header, TEXT("\",\"crv\":\"P-256\"}}"));
    add_base64url(out, buffer_text(&header));
    out->failed |= header.failed;
}

static void add_claims(struct buffer *out, text url, int64_t now_s, text id, struct arena *arena)
{
    struct buffer claims;
    buffer_init(&claims, arena);
    buffer_add(&claims, TEXT("{\"htm\":\"POST\",\"htu\":"));
    json_write_string(&claims, url);
    buffer_add(&claims, TEXT(",\"iat\":"));
    buffer_add_i64(&claims, now_s);
    buffer_add(&claims, TEXT(",\"jti\":"));
    json_write_string(&claims, id);
    buffer_add_char(&claims, '}');
    buffer_add_char(out, '.');
    add_base64url(out, buffer_text(&claims));
    out->failed |= claims.failed;
}

text dpop_write(
    const unsigned char private_key[ECDSA_SCALAR_SIZE], text url, int64_t now_s, text id,
    struct arena *arena)
{
    struct ecdsa_random random = {0};
    struct ecdsa_key key;
    struct buffer out;
    buffer_init(&out, arena);
    bool good = ecdsa_key_init(&key, private_key, &random);
    if (good) {
        add_header(&out, &key, arena);
        add_claims(&out, url, now_s, id, arena);
        good = buffer_ok(&out) && add_signature(&out, &key, &random) && buffer_ok(&out);
    }
    memory_wipe(&key, sizeof key);
    ecdsa_random_release(&random);
    return good ? buffer_text(&out) : (text){NULL, 0};
}
