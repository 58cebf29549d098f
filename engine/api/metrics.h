/* metrics: what an engine counts, as the text that Prometheus scrapes (exposition format 0.0.4). */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "calls/calls.h"

/* Into buffer as snprintf() does: cut off behind a NUL where it is too small. Returns how many
 * bytes the whole has, without the NUL. */
size_t metrics_write(const inia_stats *stats, char *buffer, size_t capacity);

#endif
