/* The least a program in C can be: it starts an engine, or is told in one line why it cannot. */
#include <inia/inia.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    if (strcmp(inia_status_name(INIA_OK), "INIA_OK") != 0)
        return 1;
    inia_error error = {0};
    inia_engine *engine = inia_engine_new(NULL, &error);
    printf("C: %s\n", engine ? "an engine ran" : error.detail);
    inia_engine_free(engine);
    return engine || error.status == INIA_UNSUPPORTED ? 0 : 1;
}
