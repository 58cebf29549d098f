/*
 * authority: the endpoint's own certificate authority, in files that only the user can read, made
 * at the first start: ca.pem, which clients are told to trust, and a certificate for this machine.
 */
#ifndef ENDPOINT_AUTHORITY_H
#define ENDPOINT_AUTHORITY_H

#include "net/net.h"
#include "options.h"

enum { AUTHORITY_PATH_MOST = 512 };

struct authority {
    const char *address; /* listened on */
    char folder[AUTHORITY_PATH_MOST];
    char ca[AUTHORITY_PATH_MOST + 16];          /* the CA's certificate */
    char certificate[AUTHORITY_PATH_MOST + 16]; /* and key, of the endpoint */
    char key[AUTHORITY_PATH_MOST + 16];
};

/* Only names the files. false: no folder for them is known; said on stderr. */
bool authority_init(struct authority *authority, const struct options *options) MUST_USE;

/* Reads the certificate, or makes all of it. NULL with error. */
struct net_identity *authority_identity(
    struct net *net, const struct authority *authority, inia_error *error) MUST_USE;

#endif
