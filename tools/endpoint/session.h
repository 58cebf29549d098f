/*
 * session: the credentials that S3 Express's CreateSession gives for a directory bucket. They say
 * when they end, and are made of that and the endpoint's own secret: none has to be remembered.
 */
#ifndef ENDPOINT_SESSION_H
#define ENDPOINT_SESSION_H

#include "crypto/crypto.h"

enum {
    SESSION_S = 300,
    SESSION_KEY_MOST = 32,
    SESSION_PART_SIZE = 2 * SHA256_SIZE, /* hex */
};

struct session {
    int64_t expires_s;
    size_t key_size;
    char key[SESSION_KEY_MOST]; /* "ASIAINIA" and when it ends */
    struct secret secret_key;
    char token[SESSION_PART_SIZE];
};

void session_make(struct session *session, const struct secret *secret, int64_t expires_s);

/* false: it is not a session's key. */
bool session_of_key(struct session *session, const struct secret *secret, text key) MUST_USE;

#endif
