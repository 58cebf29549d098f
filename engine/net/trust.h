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
    size_t path_size;
    char path[];
};

struct net_identity {
    struct net *net;
    size_t references;
    WOLFSSL_CTX *context;
};

struct net_trust *net_trust_hold(struct net_trust *trust);
struct net_identity *net_identity_hold(struct net_identity *identity);

/* What both sides have in common; NULL: no memory. */
WOLFSSL_CTX *context_new(WOLFSSL_METHOD *method, uint16_t minimum_version) MUST_USE;

#endif
