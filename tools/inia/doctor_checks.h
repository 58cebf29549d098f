/* doctor_checks: what `inia doctor` tries out: credentials, name, connection, clock, a signed call.
 */
#ifndef INIA_DOCTOR_CHECKS_H
#define INIA_DOCTOR_CHECKS_H

#include "doctor_report.h"
#include "session.h"

enum {
    DOCTOR_PATIENCE_MS = 15000, /* for each call, unless --deadline says otherwise */
    DOCTOR_CLOCK_MOST_S = 240,  /* AWS refuses from 300 on */
};

/* Where the operation would be sent to, as one more setting. */
void doctor_tell_endpoint(struct session *session, struct doctor_report *report);

/* Over the network, by a session that is connected and has its operation. */
void doctor_check_all(struct session *session, struct doctor_report *report);

/* An operation that reads and needs no parameters ("ListBuckets"), copied into name. false with
 * *error: the service has no model, or no such operation. */
bool doctor_find_operation(const char *service, char name[128], inia_error *error) MUST_USE;

#endif
