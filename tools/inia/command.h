/* command: what `inia COMMAND ...` runs. Each takes what follows its name and returns the exit
 * code. */
#ifndef INIA_COMMAND_H
#define INIA_COMMAND_H

enum {
    EXIT_GOOD = 0,
    EXIT_FAILED = 1, /* the call failed: the service said no, or it could not be reached */
    EXIT_USAGE = 2,  /* the command line is not understood */
};

int command_call(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_presign(int argc, char **argv);
int command_wait(int argc, char **argv);
int command_services(int argc, char **argv);
int command_operations(int argc, char **argv);
int command_waiters(int argc, char **argv);
int command_describe(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_bench(int argc, char **argv);

#endif
