/* partitions: what endpoint_partitions_new() makes of a partitions.json. */
#ifndef ENDPOINTS_PARTITIONS_H
#define ENDPOINTS_PARTITIONS_H

#include "endpoints.h"

#include "pattern.h"

struct partition_entry {
    struct pattern regions;
    struct endpoint_partition outputs;
};

struct endpoint_partitions {
    struct partition_entry *entries;
    size_t count;
    struct map regions; /* name -> its struct endpoint_partition */
    const struct endpoint_partition *fallback;
};

#endif
