/*
 * base: what every other room stands on; knows nothing of AWS, HTTP or the kernel's ring.
 *
 *   text      a slice of bytes someone else owns           text.h
 *   budget    how much memory may be in use; counted malloc  budget.h
 *   slab      objects of one size, reused, never returned   slab.h
 *   arena     memory of one call, given back all at once    arena.h
 *   blocks    memory for bodies, kept and reused         blocks.h
 *   buffer    bytes being written, in an arena              buffer.h
 *   cursor    bytes being read, checked                     cursor.h
 *   list      intrusive, doubly linked                      list.h
 *   mailbox   from any thread to one                        mailbox.h
 *   map       from text to pointer                          map.h
 *   encode    hex, base64, percent                          encode.h
 *   secret    key material: wiped, never printed            secret.h
 *   random    numbers that need not be secret               random.h
 *   log       lines for a person                            log.h
 *   check     our own mistakes stop the program             check.h
 *
 * Owns nothing but memory. No function here blocks. Everything belongs to one thread at a time,
 * but a mailbox takes post from any.
 *
 *   struct budget memory; budget_init(&memory, 64 << 20);
 *   struct slab blocks; slab_init(&blocks, &memory, ARENA_BLOCK_SIZE, 64);
 *   struct arena arena; arena_init(&arena, &blocks);
 *   struct buffer line; buffer_init(&line, &arena);
 *   buffer_add(&line, TEXT("GET "));
 *   buffer_add_percent(&line, path, PERCENT_PATH);
 *   if (!buffer_ok(&line)) return INIA_NO_MEMORY;
 *   arena_release(&arena);
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <inia/inia.h>

#include "arena.h"
#include "blocks.h"
#include "budget.h"
#include "buffer.h"
#include "check.h"
#include "cursor.h"
#include "encode.h"
#include "list.h"
#include "log.h"
#include "mailbox.h"
#include "map.h"
#include "random.h"
#include "secret.h"
#include "slab.h"
#include "text.h"

/* "0.1", as the public header has it. */
#define VERSION_TEXT_OF(major, minor) #major "." #minor
#define VERSION_TEXT_FROM(major, minor) VERSION_TEXT_OF(major, minor)
#define VERSION_TEXT VERSION_TEXT_FROM(INIA_VERSION_MAJOR, INIA_VERSION_MINOR)

#define MUST_USE __attribute__((warn_unused_result))

/* The struct that holds this member. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Fills error, when there is one to fill, and returns status, so that it can be returned. */
inia_status error_set(inia_error *error, inia_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* INIA_NO_MEMORY, "no memory for " whatever it was wanted for. false, so that it can be returned.
 */
bool error_no_memory(inia_error *error, const char *what);

#endif
