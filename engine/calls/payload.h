/*
 * payload: the request's body as the head tells of it: how long it is, how it is framed, which
 * checksum it carries, and what the signature says of it.
 *
 * A body in memory is summed up beforehand and its checksum is a header. One that is read in pieces
 * is framed (framing.h) and its checksum follows it; each piece is signed if that is wanted, or if
 * nothing else protects the body.
 */
#ifndef CALLS_PAYLOAD_H
#define CALLS_PAYLOAD_H

#include "framing.h"

struct call;

/* The body if it is in memory; empty if it is not, or if there is none. */
text payload_in_memory(const struct call *call);

/* For each attempt, before its draft is made: whether the body is framed, and how. false: no
 * memory. */
bool payload_frame(struct call *call) MUST_USE;

/* The head's part, into the call's draft: length, framing, checksum, and that the response is to
 * bring one. false: no memory. */
bool payload_describe(struct call *call) MUST_USE;

/* What is signed of it; absent: the SHA-256 of *hashed, or of nothing if that is empty. */
text payload_for_signature(const struct call *call, text *hashed) MUST_USE;

/* What the exchange is to send. */
struct http_body payload_for_exchange(const struct call *call);

#endif
