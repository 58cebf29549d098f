/*
 * message_sums: SQS tells the MD5 of every message it takes or hands out, so that a message that
 * was changed on its way is not taken for the one that was sent. Checked where responses are
 * checked (inia_client_config.response_checksums). One that does not fit is an INIA_BAD_RESPONSE,
 * and not tried again: the service has acted upon the request.
 */
#ifndef CALLS_MESSAGE_SUMS_H
#define CALLS_MESSAGE_SUMS_H

#include "base/base.h"

struct call;

/* After a success of any operation of any service. false: the call has failed, and says why. */
bool message_sums_fit(struct call *call) MUST_USE;

#endif
