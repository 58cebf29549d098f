#include "tls_error.h"

#include "peer_certificate.h"

#include <stdio.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

static const char *alert_name(int code)
{
    static const struct {
        int code;
        const char *name;
    } names[] = {
        {0, "close_notify"},
        {10, "unexpected_message"},
        {20, "bad_record_mac"},
        {22, "record_overflow"},
        {40, "handshake_failure"},
        {42, "bad_certificate"},
        {43, "unsupported_certificate"},
        {44, "certificate_revoked"},
        {45, "certificate_expired"},
        {46, "certificate_unknown"},
        {47, "illegal_parameter"},
        {48, "unknown_ca"},
        {49, "access_denied"},
        {50, "decode_error"},
        {51, "decrypt_error"},
        {70, "protocol_version"},
        {71, "insufficient_security"},
        {80, "internal_error"},
        {86, "inappropriate_fallback"},
        {90, "user_canceled"},
        {100, "no_renegotiation"},
        {109, "missing_extension"},
        {110, "unsupported_extension"},
        {112, "unrecognized_name"},
        {113, "bad_certificate_status_response"},
        {115, "unknown_psk_identity"},
        {116, "certificate_required"},
        {120, "no_application_protocol"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return NULL;
}

/* error 0: it is genuine, but for somebody else. */
void tls_error_of_certificate(int error, text der, text host, char *out, size_t size)
{
    struct peer_certificate certificate;
    char name[160];
    if (!peer_certificate_read(&certificate, der)) {
        snprintf(out, size, "the peer's certificate cannot be read");
        return;
    }
    switch (error) {
    case 0:
        peer_certificate_names(&certificate, name, sizeof name);
        snprintf(
            out, size, "the certificate is for %s, not %.*s", name[0] ? name : "no host",
            TEXT_ARGS(host));
        break;
    case ASN_AFTER_DATE_E:
        snprintf(out, size, "the certificate has expired (%s)", certificate.not_after);
        break;
    case ASN_BEFORE_DATE_E:
        snprintf(out, size, "the certificate is not valid before %s", certificate.not_before);
        break;
    case ASN_SELF_SIGNED_E:
        snprintf(out, size, "the certificate is self-signed");
        break;
    case ASN_NO_SIGNER_E:
        if (text_equals(certificate.subject, certificate.issuer))
            snprintf(out, size, "the certificate is self-signed");
        else
            snprintf(
                out, size, "the certificate is signed by an unknown CA (%s)",
                printable(certificate.issuer, name, sizeof name));
        break;
    case ASN_SIG_CONFIRM_E:
        snprintf(out, size, "the certificate's signature is wrong");
        break;
    default:
        snprintf(
            out, size, "the certificate is not acceptable: %s",
            wolfSSL_ERR_reason_error_string((unsigned long)error));
    }
}

static bool tell_alert(WOLFSSL *ssl, char *out, size_t size)
{
    WOLFSSL_ALERT_HISTORY history;
    if (wolfSSL_get_alert_history(ssl, &history) != WOLFSSL_SUCCESS || history.last_rx.code < 0)
        return false;
    const char *name = alert_name(history.last_rx.code);
    const char *why = history.last_rx.code == 70    ? " (no version of TLS in common)"
                      : history.last_rx.code == 120 ? " (it does not speak HTTP/1.1)"
                                                    : "";
    if (name)
        snprintf(out, size, "the peer refuses: %s%s", name, why);
    else
        snprintf(out, size, "the peer refuses: alert %d", history.last_rx.code);
    return true;
}

void tls_error_of_handshake(
    WOLFSSL *ssl, int error, uint16_t minimum_version, char *out, size_t size)
{
    if (tell_alert(ssl, out, size))
        return;
    switch (error) {
    case VERSION_ERROR:
        snprintf(
            out, size, "no version of TLS in common (%s is needed)",
            minimum_version == 13 ? "1.3" : "1.2 or 1.3");
        break;
    case MATCH_SUITE_ERROR:
    case UNSUPPORTED_SUITE:
        snprintf(out, size, "no cipher suite in common");
        break;
    case UNKNOWN_RECORD_TYPE:
    case UNKNOWN_HANDSHAKE_TYPE:
        snprintf(out, size, "the peer does not speak TLS");
        break;
    case MEMORY_E:
        snprintf(out, size, "no memory");
        break;
    default:
        snprintf(
            out, size, "the handshake failed: %s",
            wolfSSL_ERR_reason_error_string((unsigned long)error));
    }
}
