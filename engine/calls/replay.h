/*
 * replay: whether an operation done twice is the same as done once, so that it may be sent again
 * when nobody knows whether it has been done. Models rarely say so; then it goes by what they do
 * say, in this order:
 *
 *   idempotent, readonly         the traits
 *   an idempotencyToken member   inia fills it, and the service heeds it
 *   a table                      of those that the rules below would get wrong
 *   GET, HEAD, PUT, DELETE       RFC 9110, section 9.2.2
 *   the verb in its name         what reads, deletes, or sets something to a value
 *
 * Anything else (SendMessage, RunTask, Invoke, CompleteMultipartUpload) is done twice when sent
 * twice, or its second answer is an error that hides the success of the first.
 */
#ifndef CALLS_REPLAY_H
#define CALLS_REPLAY_H

#include "models/models.h"

bool replay_is_harmless(const struct model_operation *operation);

/* Whether it does nothing but read, so that it may be sent twice for no other reason than haste. */
bool replay_is_read(const struct model_operation *operation);

#endif
