#include "authority.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

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
    authority->address = options->address;
    snprintf(authority->ca, sizeof authority->ca, "%s/ca.pem", folder);
    snprintf(authority->certificate, sizeof authority->certificate, "%s/certificate.pem", folder);
    snprintf(authority->key, sizeof authority->key, "%s/key.pem", folder);
    return true;
}

/* The folder and all above it that are missing. */
static bool make_folders(const char *folder)
{
    char path[AUTHORITY_PATH_MOST];
    snprintf(path, sizeof path, "%s", folder);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool is_complete(const struct authority *authority)
{
    return access(authority->ca, R_OK) == 0 && access(authority->certificate, R_OK) == 0 &&
           access(authority->key, R_OK) == 0;
}

/* The names that are always there, and the address listened on where it is another. */
static bool make_files(const struct authority *authority, inia_error *error)
{
    const char *names[] = {"localhost", "*.localhost", "*.s3.localhost",
                           "127.0.0.1", "::1",         authority->address};
    bool is_usual =
        strcmp(authority->address, "127.0.0.1") == 0 || strcmp(authority->address, "::1") == 0;
    struct net_certificate_config config = {
        .folder = authority->folder,
        .names = names,
        .name_count = COUNT_OF(names) - (is_usual ? 1 : 0),
    };
    if (is_usual && is_complete(authority))
        return true;
    return net_certificate_make(&config, error) == INIA_OK;
}

struct net_identity *authority_identity(
    struct net *net, const struct authority *authority, inia_error *error)
{
    char path[AUTHORITY_PATH_MOST + 16];
    snprintf(path, sizeof path, "%s/lock", authority->folder);
    int lock = -1;
    if (make_folders(authority->folder))
        lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    /* Of several that start at once, one makes the files. */
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        error_set(error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
        if (lock >= 0)
            close(lock);
        return NULL;
    }
    struct net_identity *identity = NULL;
    if (make_files(authority, error))
        identity = net_identity_new(net, authority->certificate, authority->key, error);
    close(lock);
    return identity;
}
