/* certificates: an authority and a leaf in a temporary folder, for tests of anything over TLS. */
#ifndef TESTS_NET_CERTIFICATES_H
#define TESTS_NET_CERTIFICATES_H

#include "net/net.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct certificates {
    char folder[64];
    char authority[128], leaf[128], key[128]; /* files */
};

/* Zero fields of the config take their defaults: localhost, 127.0.0.1 and ::1, valid now. */
static inline void certificates_make(
    struct certificates *made, struct net_certificate_config config)
{
    inia_error error = {0};
    snprintf(made->folder, sizeof made->folder, "/tmp/inia-certificates-XXXXXX");
    CHECK(mkdtemp(made->folder));
    config.folder = made->folder;
    if (net_certificate_make(&config, &error) != INIA_OK)
        FAIL("%s", error.detail);
    snprintf(made->authority, sizeof made->authority, "%s/ca.pem", made->folder);
    snprintf(made->leaf, sizeof made->leaf, "%s/certificate.pem", made->folder);
    snprintf(made->key, sizeof made->key, "%s/key.pem", made->folder);
}

static inline void certificates_remove(const struct certificates *made)
{
    char path[128];
    unlink(made->authority);
    unlink(made->leaf);
    unlink(made->key);
    snprintf(path, sizeof path, "%s/ca-key.pem", made->folder);
    unlink(path);
    rmdir(made->folder);
}

#endif
