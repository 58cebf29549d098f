#include "authority.h"

#include <stdio.h>
#include <stdlib.h>

bool authority_init(struct authority *authority, const struct options *options)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *folder = authority->folder;
    int size;
    if (options->state)
        size = snprintf(folder, AUTHORITY_PATH_MOST, "%s", options->state);
    else if (state && *state)
        size = snprintf(folder, AUTHORITY_PATH_MOST, "%s/inia", state);
    else
        size = snprintf(
            folder, AUTHORITY_PATH_MOST, "%s/.local/state/inia", home && *home ? home : ".");
    if (size < 0 || size >= AUTHORITY_PATH_MOST) {
        fprintf(stderr, "inia endpoint: the name of the folder for the CA is too long\n");
        return false;
    }
    snprintf(authority->ca, sizeof authority->ca, "%s/ca.pem", folder);
    snprintf(authority->certificate, sizeof authority->certificate, "%s/server.pem", folder);
    snprintf(authority->key, sizeof authority->key, "%s/server.key", folder);
    return true;
}

struct net_identity *authority_identity(
    struct net *net, const struct authority *authority, inia_error *error)
{
    return net_identity_new(net, authority->certificate, authority->key, error);
}
