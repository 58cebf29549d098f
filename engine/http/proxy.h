/*
 * proxy: who passes requests on. https goes through a tunnel that the proxy makes (CONNECT, RFC
 * 9110 9.3.6), http by a request for the whole URL (RFC 9112 3.2.2). Pure: bytes in, bytes out.
 */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "net/net.h"

struct http_proxy {
    text host; /* without brackets */
    uint16_t port;
    text authorization; /* "Basic ..." (RFC 7617), of the URL's user and password; absent: none */
    bool is_secure;     /* https: it is spoken to by TLS, and ... */
    struct net_trust *trust; /* ... must be one of these; set by its owner */
};

/*
 * From "http://user:password@host:port" or https; the scheme may be missing, without a port it is
 * 80 or 443. Memory comes from arena. NULL, or what is wrong with the URL, which is never shown: it
 * has a password.
 */
const char *http_proxy_parse(struct http_proxy *proxy, text url, struct arena *arena) MUST_USE;

/*
 * Whether the list NO_PROXY names this host: "*" alone is all of them; else its entries, between
 * commas, are hosts and all that is below them, with or without a dot before and a port behind
 * (Python's urllib, which botocore asks), addresses, and networks such as 10.0.0.0/8 (curl).
 */
bool http_proxy_is_unwanted(text no_proxy, text host, uint16_t port);

/* What asks for a tunnel to "host:port". memory: http_proxy_request_most() bytes. */
size_t http_proxy_request_most(const struct http_proxy *proxy, text host);
text http_proxy_write_request(const struct http_proxy *proxy, text name, char *memory);

/* As net_tunnel's. */
enum net_tunnel_state http_proxy_heard(text answer, char *detail, size_t detail_size);

#endif
