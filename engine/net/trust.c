#include "trust.h"

#include "bundle.h"
#include "tls_session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

enum { LARGEST_BUNDLE = 16 << 20 };

/* Where systems keep the authorities they believe. */
static const char *const system_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Amazon Linux, Fedora, Red Hat */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* newer Red Hat */
    "/etc/ssl/cert.pem",                                 /* the rest */
};

/* AES-128 first: quicker, and nobody can tell the difference. */
static const char suites[] =
    "TLS13-AES128-GCM-SHA256:TLS13-AES256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

WOLFSSL_CTX *context_new(WOLFSSL_METHOD *method, uint16_t minimum_version)
{
    int minimum = minimum_version == 13 ? WOLFSSL_TLSV1_3 : WOLFSSL_TLSV1_2;
    WOLFSSL_CTX *context = wolfSSL_CTX_new(method);
    if (!context)
        return NULL;
    if (wolfSSL_CTX_SetMinVersion(context, minimum) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_set_cipher_list(context, suites) != WOLFSSL_SUCCESS) {
        wolfSSL_CTX_free(context);
        return NULL;
    }
    tls_session_prepare(context);
    return context;
}

static const char *choose_bundle(const struct net_trust_config *config)
{
    if (config->ca_bundle && config->ca_bundle[0])
        return config->ca_bundle;
    const char *from_environment = getenv("AWS_CA_BUNDLE");
    if (from_environment && from_environment[0])
        return from_environment;
    for (size_t i = 0; i < COUNT_OF(system_bundles); i++)
        if (access(system_bundles[i], R_OK) == 0)
            return system_bundles[i];
    return NULL;
}

/* All of a file but what no bundle is as large as; absent if it cannot be read. free() it. */
static text read_bundle(const char *path)
{
    struct stat facts;
    text bytes = {NULL, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
        facts.st_size < LARGEST_BUNDLE)
        bytes.data = malloc((size_t)facts.st_size + 1);
    while (bytes.data) {
        ssize_t got = read(
            fd, (char *)(uintptr_t)bytes.data + bytes.size, (size_t)facts.st_size - bytes.size);
        if (got <= 0)
            break;
        bytes.size += (size_t)got;
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

/* Counts one that wolfSSL can use; others are passed over, as it does itself. false: no memory. */
static bool load_certificate(struct net_trust *trust, text der, size_t *taken)
{
    int result = wolfSSL_CTX_load_verify_buffer(
        trust->context, (const unsigned char *)der.data, (long)der.size, WOLFSSL_FILETYPE_ASN1);
    *taken += result == WOLFSSL_SUCCESS;
    return result != MEMORY_E;
}

static bool load_certificates(struct net_trust *trust, const char *path, size_t *taken)
{
    text bytes = read_bundle(path), rest = bytes;
    void *room = malloc(bytes.size + 1);
    bool good = room != NULL;
    for (text one; good && (one = bundle_next(&rest, room)).data;)
        good = load_certificate(trust, one, taken);
    free(room);
    free((void *)(uintptr_t)bytes.data);
    return good;
}

static inia_status load_bundle(struct net_trust *trust, const char *path, inia_error *error)
{
    size_t taken = 0;
    if (!path)
        return error_set(
            error, INIA_BAD_CONFIG,
            "no bundle of certificate authorities on this system (%s is absent); name one in "
            "AWS_CA_BUNDLE",
            system_bundles[0]);
    if (access(path, R_OK) != 0)
        return error_set(error, INIA_BAD_CONFIG, "%s: %s", path, strerror(errno));
    bool good = load_certificates(trust, path, &taken);
    if (good && taken)
        return INIA_OK;
    /* Not a plain file, or PEM by another name: wolfSSL may know better. */
    int result = good ? wolfSSL_CTX_load_verify_locations(trust->context, path, NULL) : MEMORY_E;
    if (result == WOLFSSL_SUCCESS)
        return INIA_OK;
    if (result == MEMORY_E)
        return error_set(error, INIA_NO_MEMORY, "%s: no memory", path);
    return error_set(
        error, INIA_BAD_CONFIG, "%s: no usable certificate of an authority in it (PEM is expected)",
        path);
}

/* What tells one trust from another. */
struct files {
    const char *bundle, *certificate, *key; /* "" where there is none */
    struct timespec changed[TRUST_FILES];
};

static const char *or_empty(const char *path)
{
    return path ? path : "";
}

static size_t files_size(const struct files *files)
{
    return strlen(files->bundle) + strlen(files->certificate) + strlen(files->key) + 3;
}

/* Room for files_size(). */
static void write_files(const struct files *files, char *out)
{
    const char *const names[] = {files->bundle, files->certificate, files->key};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t size = strlen(names[i]) + 1;
        memcpy(out, names[i], size);
        out += size;
    }
}

static struct files files_of(const struct net_trust *trust)
{
    struct files files = {.bundle = trust->files};
    files.certificate = files.bundle + strlen(files.bundle) + 1;
    files.key = files.certificate + strlen(files.certificate) + 1;
    memcpy(files.changed, trust->changed, sizeof files.changed);
    return files;
}

/* A file that has changed since is another one. */
static void see_changes(struct files *files)
{
    const char *const names[] = {files->bundle, files->certificate, files->key};
    struct stat facts;
    for (size_t i = 0; i < TRUST_FILES; i++) {
        if (names[i][0] && stat(names[i], &facts) == 0)
            files->changed[i] = facts.st_mtim;
    }
}

static bool has_files(const struct net_trust *trust, const struct files *files)
{
    struct files held = files_of(trust);
    for (size_t i = 0; i < TRUST_FILES; i++) {
        if (held.changed[i].tv_sec != files->changed[i].tv_sec ||
            held.changed[i].tv_nsec != files->changed[i].tv_nsec)
            return false;
    }
    return strcmp(held.bundle, files->bundle) == 0 &&
           strcmp(held.certificate, files->certificate) == 0 && strcmp(held.key, files->key) == 0;
}

static struct net_trust *find_equal(
    struct net *net, const struct net_trust_config *config, const struct files *files)
{
    for (struct list_link *link = net->trusts.first; link; link = link->next) {
        struct net_trust *trust = CONTAINER_OF(link, struct net_trust, link);
        if (trust->verifies == !config->no_verification &&
            trust->minimum_version == config->minimum_version && has_files(trust, files))
            return trust;
    }
    return NULL;
}

static inia_status set_up(struct net_trust *trust, inia_error *error)
{
    struct files files = files_of(trust);
    trust->context = context_new(wolfTLS_client_method(), trust->minimum_version);
    if (!trust->context)
        return error_set(error, INIA_NO_MEMORY, "no memory for TLS");
    if (files.certificate[0]) {
        inia_status status = context_show(trust->context, files.certificate, files.key, error);
        if (status != INIA_OK)
            return status;
    }
    if (trust->verifies) {
        tls_session_verify(trust->context);
        return load_bundle(trust, files.bundle[0] ? files.bundle : NULL, error);
    }
    wolfSSL_CTX_set_verify(trust->context, WOLFSSL_VERIFY_NONE, NULL);
    LOG(trust->net->log, LOG_LEVEL_WARNING,
        "TLS: servers' certificates are not verified, as configured");
    return INIA_OK;
}

inia_status trust_load(struct net_trust *trust, inia_error *error)
{
    if (trust->context)
        return INIA_OK;
    inia_status status = set_up(trust, error);
    if (status != INIA_OK) {
        wolfSSL_CTX_free(trust->context);
        trust->context = NULL;
    }
    return status;
}

static void trust_release(struct net_trust *trust)
{
    resumptions_forget(&trust->net->resumptions, trust);
    wolfSSL_CTX_free(trust->context);
    list_remove(&trust->link);
    budget_free(trust->net->memory, trust, sizeof *trust + trust->files_size);
}

struct net_trust *net_trust_new(
    struct net *net, const struct net_trust_config *config, inia_error *error)
{
    check(!config->certificate == !config->key);
    struct files files = {
        .bundle = config->no_verification ? "" : or_empty(choose_bundle(config)),
        .certificate = or_empty(config->certificate),
        .key = or_empty(config->key),
    };
    size_t size = files_size(&files);
    see_changes(&files);
    struct net_trust *trust = find_equal(net, config, &files);
    if (trust) {
        bool good = config->later || trust_load(trust, error) == INIA_OK;
        return good ? net_trust_hold(trust) : NULL;
    }
    trust = budget_alloc(net->memory, sizeof *trust + size);
    if (!trust) {
        error_set(error, INIA_NO_MEMORY, "no memory for TLS");
        return NULL;
    }
    memset(trust, 0, sizeof *trust);
    trust->net = net;
    trust->references = 1;
    trust->verifies = !config->no_verification;
    trust->minimum_version = config->minimum_version;
    trust->files_size = size;
    write_files(&files, trust->files);
    memcpy(trust->changed, files.changed, sizeof trust->changed);
    list_push(&net->trusts, &trust->link);
    if (!config->later && trust_load(trust, error) != INIA_OK) {
        trust_release(trust);
        return NULL;
    }
    return trust;
}

struct net_trust *net_trust_hold(struct net_trust *trust)
{
    if (trust)
        trust->references++;
    return trust;
}

void net_trust_free(struct net_trust *trust)
{
    if (trust && --trust->references == 0)
        trust_release(trust);
}
