/* The parts of a URI that was taken lie within it, and there is a host. */
#include "formats/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct uri uri;
    text written = text_from(data, size);
    if (uri_parse(&uri, written))
        return 0;
    check(uri.host.size && uri.port);
    check(uri.path.data >= written.data && uri.path.size <= size);
    check(!uri.path.size || uri.path.data[0] == '/');
    return 0;
}
