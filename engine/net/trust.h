/* trust: the settings of wolfSSL for one set of believed authorities, or for one identity. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include "state.h"

enum { TRUST_FILES = 3 }; /* bundle, certificate and key */

struct net_trust {
    struct net *net;
    struct list_link link;
    size_t references;
    WOLFSSL_CTX *context; /* NULL: the files have not been read yet */
    bool verifies;
    uint16_t minimum_version;
    struct timespec changed[TRUST_FILES]; /* as far as is known */
    size_t files_size;
    char files[]; /* bundle, certificate and key, a NUL after each */
};

struct net_identity {
    struct net *net;
    size_t references;
    WOLFSSL_CTX *context;
};

struct net_trust *net_trust_hold(struct net_trust *trust);
/* Reads the files, unless that has been done. Fails as net_trust_new(). */
inia_status trust_load(struct net_trust *trust, inia_error *error) MUST_USE;
struct net_identity *net_identity_hold(struct net_identity *identity);

/* The certificate that this side shows, and its key. INIA_BAD_CONFIG names the file. */
inia_status context_show(
    WOLFSSL_CTX *context, const char *certificate_file, const char *key_file,
    inia_error *error) MUST_USE;

/* What both sides have in common; NULL: no memory. */
WOLFSSL_CTX *context_new(WOLFSSL_METHOD *method, uint16_t minimum_version) MUST_USE;

#endif
