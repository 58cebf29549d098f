/*
 * bundle: the certificates in a PEM file (RFC 7468), one by one. A bundle of the world's
 * authorities is what costs most in a client's start; decoded here it costs a third.
 */
#ifndef NET_BUNDLE_H
#define NET_BUNDLE_H

#include "base/base.h"

/*
 * The DER of the next certificate, in room, which must hold as many bytes as *rest has; *rest goes
 * on behind it. Absent: there is none any more. What is not base64 between the lines is passed
 * over, as is what stands between certificates.
 */
text bundle_next(text *rest, void *room);

#endif
