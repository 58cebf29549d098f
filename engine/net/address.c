#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>

bool address_parse(union net_address *address, text literal)
{
    char string[INET6_ADDRSTRLEN];
    memset(address, 0, sizeof *address);
    if (literal.size == 0 || literal.size >= sizeof string)
        return false;
    memcpy(string, literal.data, literal.size);
    string[literal.size] = 0;
    if (strlen(string) != literal.size)
        return false;
    if (inet_pton(AF_INET, string, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        return true;
    }
    if (inet_pton(AF_INET6, string, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        return true;
    }
    memset(address, 0, sizeof *address);
    return false;
}

bool address_from(union net_address *address, const struct sockaddr *from)
{
    memset(address, 0, sizeof *address);
    if (from->sa_family == AF_INET)
        memcpy(&address->v4, from, sizeof address->v4);
    else if (from->sa_family == AF_INET6)
        memcpy(&address->v6, from, sizeof address->v6);
    else
        return false;
    return true;
}

socklen_t address_size(const union net_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

uint16_t address_port(const union net_address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

void address_set_port(union net_address *address, uint16_t port)
{
    if (address->any.sa_family == AF_INET6)
        address->v6.sin6_port = htons(port);
    else
        address->v4.sin_port = htons(port);
}

bool address_equals(const union net_address *a, const union net_address *b)
{
    return a->any.sa_family == b->any.sa_family && text_equals(address_bytes(a), address_bytes(b));
}

text address_bytes(const union net_address *address)
{
    if (address->any.sa_family == AF_INET6)
        return text_from(&address->v6.sin6_addr, sizeof address->v6.sin6_addr);
    if (address->any.sa_family == AF_INET)
        return text_from(&address->v4.sin_addr, sizeof address->v4.sin_addr);
    return (text){NULL, 0};
}

const char *address_text(const union net_address *address, char out[ADDRESS_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN];
    text bytes = address_bytes(address);
    out[0] = 0;
    if (!bytes.data || !inet_ntop(address->any.sa_family, bytes.data, host, sizeof host))
        return out;
    const char *format = address->any.sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u";
    snprintf(out, ADDRESS_TEXT_SIZE, format, host, (unsigned)address_port(address));
    return out;
}
