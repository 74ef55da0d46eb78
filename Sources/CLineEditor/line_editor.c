#include "line_editor.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>

static char **known;
static size_t next;

static char *candidate(const char *begun, int state) {
    if (state == 0) next = 0;
    while (known && known[next]) {
        const char *word = known[next++];
        if (strncmp(word, begun, strlen(begun)) == 0) return strdup(word);
    }
    return NULL;
}

static char **candidates(const char *begun, int start, int end) {
    (void)start, (void)end;
    rl_attempted_completion_over = 1;  // no names of files
    return rl_completion_matches(begun, candidate);
}

void line_editor_complete(const char *const *words) {
    for (char **word = known; word && *word; word++) free(*word);
    free(known);
    size_t count = 0;
    while (words[count]) count++;
    known = calloc(count + 1, sizeof *known);
    for (size_t index = 0; known && index < count; index++) known[index] = strdup(words[index]);
    rl_attempted_completion_function = candidates;
}

char *line_editor_read(const char *prompt) {
    char *line = readline(prompt);
    if (line && *line) add_history(line);
    return line;
}

bool line_editor_load(const char *path) {
    using_history();
    return read_history(path) == 0;
}

bool line_editor_save(const char *path, int most) {
    stifle_history(most);
    return write_history(path) == 0;
}
