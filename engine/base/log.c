#include "log.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(const struct log *log, int level, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->write(log->arg, level, line);
}
