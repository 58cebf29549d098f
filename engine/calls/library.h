/*
 * library: the models and endpoint rules of the services an engine has clients for, read once for
 * all of them. A service stays when its last client has gone, for another one may come, until the
 * engine's memory runs short. What is in it is read-only but for what a model reads later of
 * itself.
 */
#ifndef CALLS_LIBRARY_H
#define CALLS_LIBRARY_H

#include "endpoints/endpoints.h"
#include "models/models.h"

struct library_service {
    struct list_link link;
    size_t references;
    struct arena arena;
    text name, source; /* source: the environment that says where models are */
    struct model *model;
    struct endpoint_rules *rules;
};

struct library {
    struct budget *memory;
    struct slab *arena_blocks;
    struct list services;
    struct arena arena;                     /* of the partitions */
    text partitions_source;                 /* as a service's; absent: there are none yet */
    struct endpoint_partitions *partitions; /* replaced ones stay: rules point to them */
};

/* Both must outlive it. */
void library_init(struct library *library, struct budget *memory, struct slab *arena_blocks);
void library_release(struct library *library); /* nobody may hold a service any more */

/* The service of that name, for a client, which puts it back. NULL with error as model_open(),
 * endpoint_rules_new() and endpoint_partitions_new() say. */
struct library_service *library_take(
    struct library *library, text name, inia_error *error) MUST_USE;
void library_put(struct library_service *service); /* NULL: nothing */

/* Lets go of what no client has. */
void library_trim(struct library *library);

#endif
