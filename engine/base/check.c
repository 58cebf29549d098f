#include "check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "inia: %s:%d: this must hold and does not: %s\n", file, line, condition);
    abort();
}
