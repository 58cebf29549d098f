#include "doctor_report.h"

#include <stdarg.h>
#include <stdio.h>

enum { DETAIL_MOST = 600 };

void doctor_report_init(struct doctor_report *report, struct arena *arena)
{
    *report = (struct doctor_report){.arena = arena};
}

static const char *keep(struct doctor_report *report, const char *written)
{
    const char *kept = arena_string(report->arena, text_of(written));
    return kept ? kept : "";
}

void doctor_report_setting(void *arg, const char *name, const char *value, const char *origin)
{
    struct doctor_report *report = arg;
    size_t place = 0;
    while (place < report->setting_count && strcmp(report->settings[place].name, name) != 0)
        place++;
    if (place == DOCTOR_SETTINGS_MOST)
        return;
    report->settings[place] =
        (struct doctor_setting){keep(report, name), keep(report, value), keep(report, origin)};
    if (place == report->setting_count)
        report->setting_count++;
}

void doctor_report_ignored(struct doctor_report *report, const char *name, const char *why)
{
    if (report->ignored_count < DOCTOR_SETTINGS_MOST)
        report->ignored[report->ignored_count++] =
            (struct doctor_setting){keep(report, name), "", keep(report, why)};
}

void doctor_report_check(
    struct doctor_report *report, const char *name, const char *advice, const char *format, ...)
{
    char detail[DETAIL_MOST];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    check(report->check_count < DOCTOR_CHECKS_MOST);
    report->checks[report->check_count++] = (struct doctor_check){
        keep(report, name), keep(report, detail), advice ? keep(report, advice) : NULL};
    report->failed |= advice != NULL;
}

/* ---- For a person ---------------------------------------------------------------------------- */

static void write_settings(const struct doctor_report *report, struct buffer *out)
{
    if (report->setting_count)
        buffer_add(out, TEXT("What would be used, and where it comes from:\n"));
    for (size_t i = 0; i < report->setting_count; i++) {
        const struct doctor_setting *setting = &report->settings[i];
        buffer_add_format(
            out, "  %-34s  %-26s  %s\n", setting->name, *setting->value ? setting->value : "-",
            setting->origin);
    }
    if (report->ignored_count)
        buffer_add(out, TEXT("\nSet in the environment, and not heeded:\n"));
    for (size_t i = 0; i < report->ignored_count; i++)
        buffer_add_format(out, "  %-34s  %s\n", report->ignored[i].name, report->ignored[i].origin);
}

static void write_checks(const struct doctor_report *report, struct buffer *out)
{
    if (report->check_count)
        buffer_add(out, report->setting_count ? TEXT("\nChecks:\n") : TEXT("Checks:\n"));
    for (size_t i = 0; i < report->check_count; i++) {
        const struct doctor_check *check = &report->checks[i];
        buffer_add_format(
            out, "  %-4s  %-12s  %s\n", check->advice ? "FAIL" : "OK", check->name, check->detail);
        if (check->advice)
            buffer_add_format(out, "%22s%s\n", "-> ", check->advice);
    }
}

/* ---- As JSON --------------------------------------------------------------------------------- */

static void write_member(struct buffer *out, const char *start, const char *name, const char *value)
{
    buffer_add_format(out, "%s\"%s\": ", start, name);
    json_write_string(out, text_of(value));
}

static void write_json_settings(
    struct buffer *out, const char *name, const struct doctor_setting *settings, size_t count,
    const char *last)
{
    buffer_add_format(out, "    \"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        write_member(out, i ? ",\n        {" : "\n        {", "name", settings[i].name);
        if (*settings[i].value)
            write_member(out, ", ", "value", settings[i].value);
        write_member(out, ", ", last, settings[i].origin);
        buffer_add_char(out, '}');
    }
    buffer_add(out, TEXT("\n    ],\n"));
}

static void write_json(const struct doctor_report *report, struct buffer *out)
{
    buffer_add(out, TEXT("{\n"));
    write_json_settings(out, "settings", report->settings, report->setting_count, "origin");
    write_json_settings(out, "ignored", report->ignored, report->ignored_count, "why");
    buffer_add(out, TEXT("    \"checks\": ["));
    for (size_t i = 0; i < report->check_count; i++) {
        const struct doctor_check *check = &report->checks[i];
        write_member(out, i ? ",\n        {" : "\n        {", "name", check->name);
        write_member(out, ", ", "result", check->advice ? "FAIL" : "OK");
        write_member(out, ", ", "detail", check->detail);
        if (check->advice)
            write_member(out, ", ", "advice", check->advice);
        buffer_add_char(out, '}');
    }
    buffer_add_format(out, "\n    ],\n    \"well\": %s\n}\n", report->failed ? "false" : "true");
}

bool doctor_report_write(const struct doctor_report *report, bool as_json, struct buffer *out)
{
    if (as_json) {
        write_json(report, out);
    } else {
        write_settings(report, out);
        write_checks(report, out);
    }
    return buffer_ok(out);
}
