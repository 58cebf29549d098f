#include "net/peer_certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct peer_certificate certificate;
    char shown[64];
    if (!peer_certificate_read(&certificate, text_from(bytes, size)))
        return 0;
    bool is_name = peer_certificate_is_for(&certificate, TEXT("a.example"));
    bool is_address = peer_certificate_is_for(&certificate, TEXT("127.0.0.1"));
    if (certificate.names.size == 0 && (is_name || is_address))
        __builtin_trap();
    peer_certificate_names(&certificate, shown, sizeof shown);
    return 0;
}
