/* tls_error: why a handshake failed, in words for a person. */
#ifndef NET_TLS_ERROR_H
#define NET_TLS_ERROR_H

#include "base/base.h"

#include <wolfssl/options.h>

#include <wolfssl/ssl.h>

/* "the certificate has expired (2019-01-01)": error is wolfSSL's, der the certificate it is about.
 */
void tls_error_of_certificate(int error, text der, text host, char *out, size_t size);

/* Anything else: error is what wolfSSL_get_error() says; minimum_version is this side's, 12 or 13.
 */
void tls_error_of_handshake(
    WOLFSSL *ssl, int error, uint16_t minimum_version, char *out, size_t size);

#endif
