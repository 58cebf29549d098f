/* columns: how wide text is on a terminal, as the AWS CLI counts: two columns for a character whose
 * East Asian Width (UAX #11) is wide, full or ambiguous, one for any other. */
#ifndef INIA_COLUMNS_H
#define INIA_COLUMNS_H

#include "base/base.h"

size_t columns_of(text string);

#endif
