/* What the kernel knows of the other side of a connection. */
#include "ring.h"

#include <linux/tcp.h>
#include <netinet/in.h>

uint64_t ring_acknowledged(const struct ring_socket *socket)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (socket->fd < 0 || getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}
