/* admin: /_inia/stats, /_inia/faults, /_inia/echo and /_inia/stop, for clients on this machine. */
#ifndef ENDPOINT_ADMIN_H
#define ENDPOINT_ADMIN_H

struct request;

void admin_route(struct request *request);

#endif
