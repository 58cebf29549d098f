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
