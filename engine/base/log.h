/* log: lines for a person, at syslog's levels. A line above the level is not even formatted. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

struct log {
    void (*write)(void *arg, int level, const char *line); /* NULL: nothing is written */
    void *arg;
    int level;
};

/* One line, no newline, at most 500 bytes; never a secret. */
void log_line(const struct log *log, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool log_is_heard(const struct log *log, int level)
{
    return __builtin_expect(level <= log->level, 0) && log->write;
}

#define LOG(log, at_level, ...)                                                                    \
    ((log)->write && (at_level) <= (log)->level ? log_line((log), (at_level), __VA_ARGS__)         \
                                                : (void)0)

#endif
