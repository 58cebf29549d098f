/*
 * gather: the strings that a path of operationContextParams finds in an operation's input:
 * "TableCreationParameters.TableName", "keys(RequestItems)", "TransactItems[*].Get.TableName",
 * "TransactItems[*].[Put.TableName, Delete.TableName][]". Of JMESPath exactly names, projections of
 * lists, multiselect lists that are flattened, and keys().
 */
#ifndef ENDPOINTS_GATHER_H
#define ENDPOINTS_GATHER_H

#include "base/base.h"
#include "formats/formats.h"

struct gather;

/* NULL with *problem; the names point into path. */
MUST_USE struct gather *gather_new(text path, struct arena *arena, const char **problem);

/* Stores the first most of them in strings (NULL if most is 0); how many there are in all. */
size_t gather_strings(
    const struct gather *gather, const struct json_value *input, text *strings, size_t most);

#endif
