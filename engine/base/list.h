/*
 * list: intrusive and doubly linked. The object in flight holds its link; a link is in one list
 * at most. A list all zero, or a link all zero, is empty. Nothing is allocated or freed.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_link {
    struct list_link *next, *previous; /* both NULL while in no list */
    struct list *list;
};

struct list {
    struct list_link *first, *last;
    size_t count;
};

void list_push(struct list *list, struct list_link *link); /* at the end; link must be in no list */
void list_push_first(struct list *list, struct list_link *link); /* at the start */
void list_remove(struct list_link *link);      /* from whichever list it is in, if any */
struct list_link *list_pop(struct list *list); /* the first, or NULL */

static inline bool list_is_empty(const struct list *list)
{
    return list->first == NULL;
}

static inline bool link_is_listed(const struct list_link *link)
{
    return link->list != NULL;
}

#endif
