#include "mfa.h"

#include "base/base.h"

#include <stdio.h>
#include <termios.h>

enum { CODE_MOST = 64 };

/* false: the person gave none. */
static bool read_code(FILE *terminal, char code[CODE_MOST])
{
    struct termios shown, hidden;
    bool is_terminal = tcgetattr(fileno(terminal), &shown) == 0;
    if (is_terminal) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        is_terminal = tcsetattr(fileno(terminal), TCSAFLUSH, &hidden) == 0;
    }
    bool given = fgets(code, CODE_MOST, terminal) != NULL;
    if (is_terminal)
        tcsetattr(fileno(terminal), TCSAFLUSH, &shown);
    fputs("\n", terminal);
    if (!given)
        return false;
    text trimmed = text_trim(text_of(code));
    memmove(code, trimmed.data, trimmed.size);
    code[trimmed.size] = '\0';
    return trimmed.size > 0;
}

void mfa_ask(void *arg, const char *serial, inia_mfa_query *query)
{
    (void)arg;
    char code[CODE_MOST] = "";
    FILE *terminal = fopen("/dev/tty", "r+");
    bool given = false;
    if (terminal) {
        setvbuf(terminal, NULL, _IONBF, 0);
        fprintf(terminal, "Enter MFA code for %s: ", serial);
        given = read_code(terminal, code);
        fclose(terminal);
    }
    inia_answer_mfa(query, given ? code : NULL);
    memory_wipe(code, sizeof code);
}
