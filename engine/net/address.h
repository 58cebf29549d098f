/* address: where a host is. Half the size of a sockaddr_storage, and easy to compare. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/base.h"

#include <netinet/in.h>
#include <sys/socket.h>

union net_address {
    struct sockaddr any; /* any.sa_family 0: none */
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum { ADDRESS_TEXT_SIZE = 64 }; /* "[...]:65535" and a NUL */

/* An IPv4 address, or an IPv6 address without brackets. Port 0. */
bool address_parse(union net_address *address, text literal) MUST_USE;

/* false if it is neither IPv4 nor IPv6. */
bool address_from(union net_address *address, const struct sockaddr *from) MUST_USE;

socklen_t address_size(const union net_address *address);
uint16_t address_port(const union net_address *address);
void address_set_port(union net_address *address, uint16_t port);
bool address_equals(
    const union net_address *a, const union net_address *b); /* ports do not count */

/* The 4 or 16 bytes, as a certificate has them. */
text address_bytes(const union net_address *address);

/* "127.0.0.1:9000", "[::1]:9000"; "" if there is none. Returns out. */
const char *address_text(const union net_address *address, char out[ADDRESS_TEXT_SIZE]);

#endif
