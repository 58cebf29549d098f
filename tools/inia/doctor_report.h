/* doctor_report: what `inia doctor` found, kept while it looks and printed at its end. */
#ifndef INIA_DOCTOR_REPORT_H
#define INIA_DOCTOR_REPORT_H

#include "workspace.h"

enum { DOCTOR_SETTINGS_MOST = 128, DOCTOR_CHECKS_MOST = 16 };

struct doctor_setting {
    const char *name, *value, *origin;
};

struct doctor_check {
    const char *name, *detail;
    const char *advice; /* what to do; NULL: it is well */
};

struct doctor_report {
    struct arena *arena;
    struct doctor_setting settings[DOCTOR_SETTINGS_MOST], ignored[DOCTOR_SETTINGS_MOST];
    size_t setting_count, ignored_count;
    struct doctor_check checks[DOCTOR_CHECKS_MOST];
    size_t check_count;
    bool failed; /* one of the checks */
};

void doctor_report_init(struct doctor_report *report, struct arena *arena);

/* inia_client_config.explain, with a report as its arg. One of a name told before replaces it. */
void doctor_report_setting(void *report, const char *name, const char *value, const char *origin);

/* A variable that is set and that inia does not heed. */
void doctor_report_ignored(struct doctor_report *report, const char *name, const char *why);

/* advice NULL: it is well. The rest says what was found; copied. */
void doctor_report_check(
    struct doctor_report *report, const char *name, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* For a person, or as JSON. false: no memory. */
bool doctor_report_write(const struct doctor_report *report, bool as_json, struct buffer *out);

#endif
