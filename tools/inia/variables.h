/* variables: the variables of the environment that AWS's tools know, and what inia makes of them.
 */
#ifndef INIA_VARIABLES_H
#define INIA_VARIABLES_H

#include "base/base.h"

struct variable {
    const char *name; /* one that ends with _ stands for all that begin so */
    const char *why;  /* it is not heeded; NULL: it is */
};

/* The variable of this name; NULL: none of AWS's that is known. */
const struct variable *variable_find(text name);

#endif
