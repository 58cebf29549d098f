#include "trust.h"

#include <errno.h>
#include <unistd.h>

inia_status context_show(
    WOLFSSL_CTX *context, const char *certificate_file, const char *key_file, inia_error *error)
{
    if (access(certificate_file, R_OK) != 0)
        return error_set(error, INIA_BAD_CONFIG, "%s: %s", certificate_file, strerror(errno));
    if (access(key_file, R_OK) != 0)
        return error_set(error, INIA_BAD_CONFIG, "%s: %s", key_file, strerror(errno));
    if (wolfSSL_CTX_use_certificate_chain_file(context, certificate_file) != WOLFSSL_SUCCESS)
        return error_set(
            error, INIA_BAD_CONFIG, "%s: no usable certificate in it (PEM is expected)",
            certificate_file);
    if (wolfSSL_CTX_use_PrivateKey_file(context, key_file, WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)
        return error_set(
            error, INIA_BAD_CONFIG,
            "%s: no usable private key in it (PEM, not encrypted, is "
            "expected)",
            key_file);
    if (wolfSSL_CTX_check_private_key(context) != WOLFSSL_SUCCESS)
        return error_set(
            error, INIA_BAD_CONFIG, "%s: is not the key of %s", key_file, certificate_file);
    return INIA_OK;
}

struct net_identity *net_identity_new(
    struct net *net, const char *certificate_file, const char *key_file, inia_error *error)
{
    struct net_identity *identity = budget_alloc(net->memory, sizeof *identity);
    if (!identity) {
        error_set(error, INIA_NO_MEMORY, "no memory for TLS");
        return NULL;
    }
    *identity = (struct net_identity){.net = net, .references = 1};
    identity->context = context_new(wolfTLS_server_method(), 12);
    if (!identity->context) {
        error_set(error, INIA_NO_MEMORY, "no memory for TLS");
        net_identity_free(identity);
        return NULL;
    }
    wolfSSL_CTX_set_verify(identity->context, WOLFSSL_VERIFY_NONE, NULL);
    if (context_show(identity->context, certificate_file, key_file, error) != INIA_OK) {
        net_identity_free(identity);
        return NULL;
    }
    return identity;
}

struct net_identity *net_identity_hold(struct net_identity *identity)
{
    identity->references++;
    return identity;
}

void net_identity_free(struct net_identity *identity)
{
    if (!identity || --identity->references > 0)
        return;
    if (identity->context)
        wolfSSL_CTX_free(identity->context);
    budget_free(identity->net->memory, identity, sizeof *identity);
}
