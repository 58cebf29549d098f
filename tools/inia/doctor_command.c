#include "command.h"
#include "doctor_checks.h"
#include "usage.h"
#include "variables.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOCTOR_WORDS_MOST = 300 };

struct doctor {
    struct session session;
    struct doctor_report report;
    bool offline;
    char *words[DOCTOR_WORDS_MOST]; /* the command line as options_read() wants it */
    int word_count;
    char operation[128];
};

static bool is_name(int argc, char **argv, int at)
{
    return at < argc && argv[at][0] != '-' && !strchr(argv[at], '=');
}

/* -1, or the exit code to end with: SERVICE and OPERATION are put in where they are left out. */
static int arrange_words(struct doctor *doctor, int argc, char **argv)
{
    static char usual[] = "sts";
    bool has_service = is_name(argc, argv, 0), has_operation = is_name(argc, argv, 1);
    inia_error error = {0};
    doctor->words[0] = has_service ? argv[0] : usual;
    doctor->words[1] = has_service && has_operation ? argv[1] : doctor->operation;
    doctor->word_count = 2;
    for (int i = has_service + (has_service && has_operation); i < argc; i++) {
        if (strcmp(argv[i], "--offline") == 0)
            doctor->offline = true;
        else if (doctor->word_count < DOCTOR_WORDS_MOST)
            doctor->words[doctor->word_count++] = argv[i];
        else
            return usage_wrong("doctor");
    }
    if (doctor->words[1] == doctor->operation &&
        !doctor_find_operation(doctor->words[0], doctor->operation, &error))
        return workspace_complain(&error);
    return -1;
}

static void look_at_environment(struct doctor_report *report)
{
    extern char **environ;
    for (char **entry = environ; *entry; entry++) {
        text name = text_split(text_of(*entry), '=', &(text){NULL, 0});
        bool is_awss = text_starts_with(name, TEXT("AWS_")) || text_starts_with(name, TEXT("BOTO"));
        const struct variable *known = variable_find(name);
        char written[128];
        if (!is_awss || (known && !known->why))
            continue;
        snprintf(written, sizeof written, "%.*s", TEXT_ARGS(name));
        doctor_report_ignored(report, written, known ? known->why : "not known");
    }
}

static void examine(struct doctor *doctor)
{
    struct session *session = &doctor->session;
    struct doctor_report *report = &doctor->report;
    inia_error error = {0};
    look_at_environment(report);
    session->options.client.explain = doctor_report_setting;
    session->options.client.explain_arg = report;
    if (!session_open(session, &error)) {
        const char *advice =
            error.status == INIA_UNSUPPORTED
                ? "io_uring is needed: Linux 6.0, not forbidden by sysctl kernel.io_uring_disabled "
                  "or a container's seccomp profile"
                : "set it right there";
        doctor_report_check(report, "settings", advice, "%s", error.detail);
        return;
    }
    session->operation = inia_find_operation(session->client, session->options.operation, &error);
    if (!session->operation)
        doctor_report_check(report, "operation", "see inia operations", "%s", error.detail);
    else
        doctor_tell_endpoint(session, report);
    if (session->operation && !report->failed && !doctor->offline)
        doctor_check_all(session, report);
}

static int print(struct doctor *doctor)
{
    struct buffer out;
    buffer_init(&out, &doctor->session.workspace.arena);
    if (!doctor_report_write(&doctor->report, doctor->session.options.as_json, &out))
        return workspace_out_of_memory();
    int exit_code = workspace_print(&out);
    return doctor->report.failed ? EXIT_FAILED : exit_code;
}

int command_doctor(int argc, char **argv)
{
    struct doctor doctor = {.offline = false};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return usage_show("doctor");
    }
    int exit_code = arrange_words(&doctor, argc, argv);
    if (exit_code < 0)
        exit_code = session_read(&doctor.session, doctor.word_count, doctor.words, "doctor");
    if (exit_code >= 0)
        return exit_code;
    doctor_report_init(&doctor.report, &doctor.session.workspace.arena);
    examine(&doctor);
    exit_code = print(&doctor);
    session_close(&doctor.session);
    return exit_code;
}
