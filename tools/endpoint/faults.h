/*
 * faults: what goes wrong on demand, so that clients can be tested. Given on the command line or at
 * run time as name and value: delay=100ms or 50ms-2s; slow=64k (bytes a second); and in percent of
 * the requests reset, status503, truncate, corrupt, silent, garbage, endless.
 */
#ifndef ENDPOINT_FAULTS_H
#define ENDPOINT_FAULTS_H

#include "base/base.h"

enum fault_kind {
    FAULT_RESET,     /* no answer: the connection is closed */
    FAULT_STATUS503, /* the request is not carried out, the answer is SlowDown */
    FAULT_TRUNCATE,  /* half of the body, then the connection is closed */
    FAULT_CORRUPT,   /* the first byte of the body is another */
    FAULT_SILENT,    /* no answer at all, the connection stays */
    FAULT_GARBAGE,   /* something that is not HTTP */
    FAULT_ENDLESS,   /* header fields without end */
    FAULT_COUNT,
};

struct faults {
    bool active; /* false: none of all this */
    uint64_t delay_least_ns, delay_most_ns;
    uint64_t slow;             /* bytes a second; 0: at once */
    double share[FAULT_COUNT]; /* of the requests: 0 ... 1 */
};

/* NULL, or what is wrong with it in a few words. */
const char *faults_set(struct faults *faults, text name, text value) MUST_USE;

/* Whether this one strikes now, and how long the answer waits. */
bool faults_strike(const struct faults *faults, enum fault_kind kind, struct random_source *random);
uint64_t faults_delay_ns(const struct faults *faults, struct random_source *random);

void faults_write(const struct faults *faults, struct buffer *json);

/* "100ms", "2s", "5us"; and "64k", "1m", "8g", "100". */
bool duration_parse(text written, uint64_t *ns);
bool size_parse(text written, uint64_t *bytes);

#endif
