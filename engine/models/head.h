/* head: the start of a model's file, up to its metadata: what a client needs at once, and botocore
 * writes first. */
#ifndef MODELS_HEAD_H
#define MODELS_HEAD_H

#include "models.h"

/* From the start of a file, the members up to "metadata" as a JSON text of their own:
 * {"version":"2.0","metadata":{...}}, in arena. Absent when there is no whole object of that name
 * in it, or no memory. Only brackets and quotes are looked at: all else is for the JSON parser. */
text head_cut(text start, struct arena *arena);

#endif
