#include "session.h"

static const text prefix = TEXT_INIT("ASIAINIA");

/* What only the endpoint can make of the session's key. */
static void derive(
    char hex[SESSION_PART_SIZE], const struct session *session, const struct secret *secret,
    text what)
{
    char memory[SESSION_KEY_MOST + 16];
    unsigned char mac[SHA256_SIZE];
    struct hmac_sha256_key key;
    struct buffer message;
    buffer_init_fixed(&message, memory, sizeof memory);
    buffer_add(&message, what);
    buffer_add_char(&message, ' ');
    buffer_add(&message, text_from(session->key, session->key_size));
    check(buffer_ok(&message));
    hmac_sha256_key_init(&key, secret_text(secret));
    hmac_sha256(mac, &key, buffer_text(&message));
    hex_encode(hex, mac, sizeof mac);
    memory_wipe(&key, sizeof key);
}

void session_make(struct session *session, const struct secret *secret, int64_t expires_s)
{
    char hex[SESSION_PART_SIZE];
    struct buffer key;
    buffer_init_fixed(&key, session->key, sizeof session->key);
    buffer_add(&key, prefix);
    buffer_add_u64(&key, (uint64_t)expires_s);
    session->key_size = key.size;
    session->expires_s = expires_s;
    derive(session->token, session, secret, TEXT("token"));
    derive(hex, session, secret, TEXT("secret"));
    bool fits = secret_set(&session->secret_key, text_from(hex, sizeof hex));
    check(buffer_ok(&key) && fits);
}

bool session_of_key(struct session *session, const struct secret *secret, text key)
{
    uint64_t expires_s;
    if (!text_starts_with(key, prefix) || key.size > SESSION_KEY_MOST ||
        !text_to_u64(text_after(key, prefix.size), &expires_s) || expires_s > INT64_MAX)
        return false;
    session_make(session, secret, (int64_t)expires_s);
    return text_equals(key, text_from(session->key, session->key_size));
}
