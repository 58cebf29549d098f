/* Whatever a file of certificates holds: what comes out is shorter, and it comes to an end. */
#include "net/bundle.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *room = malloc(size ? size : 1);
    text rest = text_from(data, size);
    size_t left = size, count = 0;
    check(room);
    for (text one; (one = bundle_next(&rest, room)).data; count++) {
        check(one.data == room && one.size && one.size <= size && rest.size < left);
        left = rest.size;
    }
    check(count <= size / 52);
    free(room);
    return 0;
}
