/* polling: operations that wait at the service for something to come, and are called in a loop. */
#ifndef RETRY_POLLING_H
#define RETRY_POLLING_H

#include "base/base.h"

/* service: as its model is named. For retry_attempt's long_polling. The models do not say it; the
 * list is that of the SDKs' retry behaviour 2.1. */
bool polling_is_long(text service, text operation) MUST_USE;

#endif
