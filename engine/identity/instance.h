/*
 * instance: the region of the machine that this runs on, as its metadata service says (IMDS,
 * /latest/meta-data/placement/region), version 2 and, where that is not forbidden, version 1.
 * Asked for what is good to know and not waited for.
 */
#ifndef IDENTITY_INSTANCE_H
#define IDENTITY_INSTANCE_H

#include "settings/settings.h"
#include "wire.h"

struct instance;

struct instance_config {
    struct budget *memory;
    struct slab *arena_blocks;
    struct identity_wire *wire;
    const struct settings *settings; /* needed while instance_ask() runs */
    /* Told once, later or within instance_ask(), unless it is freed before. region: absent when
     * there is none to be had, as on a machine that is none of AWS's; valid during the call, within
     * which nothing is to be freed. */
    void (*found)(void *arg, text region);
    void *arg;
};

/* *instance: to be freed once found() was told, or to hear no more; NULL where IMDS is not to be
 * asked (AWS_EC2_METADATA_DISABLED). false with error: its address is none, or no memory. */
bool instance_ask(
    struct instance **instance, const struct instance_config *config, inia_error *error) MUST_USE;
void instance_free(struct instance *instance); /* NULL does nothing */

#endif
