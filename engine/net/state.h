/* state: what all streams of one net share. */
#ifndef NET_STATE_H
#define NET_STATE_H

#include "names.h"
#include "net.h"
#include "parcel.h"
#include "record.h"
#include "resumption.h"

enum { SCRATCH_SIZE = RECORD_SEALED_MOST + 64 };

struct net {
    struct ring *ring;
    struct budget *memory;
    const struct log *log;
    struct log silent;
    struct net_counters counters;
    struct names names;
    struct parcels parcels;
    struct slab openings, sessions, carriers;
    struct gcm_engine *gcm; /* NULL: wolfCrypt */
    struct resumptions resumptions;
    struct list trusts;
    size_t streams;                      /* that hold anything */
    uint8_t gathered[RECORD_PLAIN_MOST]; /* for wolfSSL, which takes no pieces */
    uint8_t scratch[SCRATCH_SIZE];       /* plain bytes between being opened and received() */
};

#endif
