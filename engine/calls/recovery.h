/*
 * recovery: how a client comes through trouble, as its config, the environment and the profile want
 * it.
 */
#ifndef CALLS_RECOVERY_H
#define CALLS_RECOVERY_H

#include "client.h"

enum { RECOVERY_MOST_ATTEMPTS = 100 };

/* The retry mode and the number of attempts. is_standard: where nobody says anything, the mode of
 * defaults wants the SDKs'. false with error: a value that is none of theirs. */
bool recovery_set_up(
    inia_client *client, const inia_client_config *config, const struct settings *settings,
    bool is_standard, inia_error *error) MUST_USE;

/* Whether the user says that a call is to be tried again after this error. */
bool recovery_knows_code(const inia_client *client, text error_code);

/* What calls to this host share. NULL: no memory. */
struct destination *recovery_destination(inia_client *client, text host) MUST_USE;

#endif
