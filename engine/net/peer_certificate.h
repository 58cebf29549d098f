/*
 * peer_certificate: whom a certificate is for, and since and until when. Reads the DER bytes by
 * itself, because the TLS library matches names more freely than RFC 6125 allows and cannot match
 * addresses. Whether the certificate is genuine is the library's business.
 */
#ifndef NET_PEER_CERTIFICATE_H
#define NET_PEER_CERTIFICATE_H

#include "address.h"

enum { DATE_TEXT_SIZE = 11 }; /* "2019-01-01" and a NUL */

struct peer_certificate {
    char not_before[DATE_TEXT_SIZE], not_after[DATE_TEXT_SIZE];
    text subject, issuer; /* their common names, in the DER bytes; absent if they have none */
    text names;           /* the alternative names as DER; absent if there are none */
};

/* false if it is no certificate. der must outlive it. */
bool peer_certificate_read(struct peer_certificate *certificate, text der) MUST_USE;

/*
 * A name matches one of the alternative names, without regard to case, or a "*" that stands for
 * the whole of its first label; an address matches one that is given as an address. The common
 * name does not count.
 */
bool peer_certificate_is_for(const struct peer_certificate *certificate, text host) MUST_USE;

/* What it is for, to be read by a person: "a.example, *.b.example". Returns out. */
const char *peer_certificate_names(
    const struct peer_certificate *certificate, char *out, size_t size);

/* Only what can be printed, the rest as '?': for names out of foreign hands. Returns out. */
const char *printable(text name, char *out, size_t size);

#endif
