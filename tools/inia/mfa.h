/* mfa: asks the person at the terminal for the code of an MFA device, as the AWS CLI does. */
#ifndef INIA_MFA_H
#define INIA_MFA_H

#include <inia/inia.h>

/* inia_client_config.mfa. Asks on /dev/tty, where the code is not shown; where there is none, the
 * call fails for want of a code. */
void mfa_ask(void *arg, const char *serial, inia_mfa_query *query);

#endif
