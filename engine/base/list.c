#include "list.h"

#include "check.h"

void list_push(struct list *list, struct list_link *link)
{
    check(!link->list);
    *link = (struct list_link){.previous = list->last, .list = list};
    if (list->last)
        list->last->next = link;
    else
        list->first = link;
    list->last = link;
    list->count++;
}

void list_push_first(struct list *list, struct list_link *link)
{
    check(!link->list);
    *link = (struct list_link){.next = list->first, .list = list};
    if (list->first)
        list->first->previous = link;
    else
        list->last = link;
    list->first = link;
    list->count++;
}

void list_remove(struct list_link *link)
{
    struct list *list = link->list;
    if (!list)
        return;
    if (link->previous)
        link->previous->next = link->next;
    else
        list->first = link->next;
    if (link->next)
        link->next->previous = link->previous;
    else
        list->last = link->previous;
    list->count--;
    *link = (struct list_link){0};
}

struct list_link *list_pop(struct list *list)
{
    struct list_link *link = list->first;
    if (link)
        list_remove(link);
    return link;
}
