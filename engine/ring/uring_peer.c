/* What the kernel knows of the other side of a connection. */
#include "ring.h"

#include <linux/tcp.h>
#include <netinet/in.h>

enum { PROBE_EACH_S = 10, PROBES_MOST = 6 }; /* without an answer */

#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif

uint64_t ring_acknowledged(const struct ring_socket *socket)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (socket->fd < 0 || getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}

static void set(const struct ring_socket *socket, int level, int name, int value)
{
    (void)setsockopt(socket->fd, level, name, &value, sizeof value);
}

void ring_guard(struct ring_socket *socket, uint32_t idle_s, uint32_t silence_ms)
{
    check(socket->fd >= 0);
    if (idle_s) {
        set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        set(socket, IPPROTO_TCP, TCP_KEEPIDLE, (int)idle_s);
        set(socket, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_EACH_S);
        set(socket, IPPROTO_TCP, TCP_KEEPCNT, PROBES_MOST);
    }
    if (silence_ms) {
        set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)silence_ms);
        set(socket, IPPROTO_TCP, TCP_RTO_MAX_MS, RING_REPEAT_MS);
    }
}
