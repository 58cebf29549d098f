/*
 * verification: a response body is summed up as it passes by, wherever it goes, and compared with
 * the checksum that came in a header.
 *
 * A checksum of the parts' checksums, as multipart uploads have it ("...-7"), says nothing about
 * the bytes of the whole: it is not looked at.
 */
#ifndef CALLS_VERIFICATION_H
#define CALLS_VERIFICATION_H

#include "base/base.h"

struct call;
struct verification;

/* From the response's head: sets the sink's verification if there is anything to verify. false: no
 * memory. */
bool verification_begin(struct call *call) MUST_USE;
void verification_add(struct verification *verification, text bytes); /* NULL: does nothing */

/* At the body's end; true also when there was nothing to verify. false: the call has failed, and
 * says which checksum it was. */
bool verification_ends_well(struct call *call) MUST_USE;

#endif
