/*
 * api: the functions of include/inia, and metrics.h, what one of them writes. Checks what only a
 * user can get wrong (NULL, reserved fields that are not zero) and passes on to calls.
 */
#ifndef API_API_H
#define API_API_H

#include <inia/inia.h>

#include "metrics.h"

#endif
