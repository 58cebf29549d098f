#include "base.h"

#include <stdarg.h>
#include <stdio.h>

inia_status error_set(inia_error *error, inia_status status, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        error->status = status;
        vsnprintf(error->detail, sizeof error->detail, format, args);
        va_end(args);
    }
    return status;
}

bool error_no_memory(inia_error *error, const char *what)
{
    (void)error_set(error, INIA_NO_MEMORY, "no memory for %s", what);
    return false;
}
