/* trust: the settings of wolfSSL for one set of believed authorities, or for one identity. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include "state.h"

struct net_trust {
    struct net *net;
    struct list_link link;
    size_t references;
    WOLFSSL_CTX *context;
    bool verifies;
    uint16_t minimum_version;
    size_t files_size;
    char files[]; /* bundle, certificate and key, a NUL after each */
};

struct net_identity {
    struct net *net;
    size_t references;
    WOLFSSL_CTX *context;
};

struct net_trust *net_trust_hold(struct net_trust *trust);
struct net_identity *net_identity_hold(struct net_identity *identity);

/* The certificate that this side shows, and its key. INIA_BAD_CONFIG names the file. */
inia_status context_show(
    WOLFSSL_CTX *context, const char *certificate_file, const char *key_file,
    inia_error *error) MUST_USE;

/* What both sides have in common; NULL: no memory. */
WOLFSSL_CTX *context_new(WOLFSSL_METHOD *method, uint16_t minimum_version) MUST_USE;

#endif
