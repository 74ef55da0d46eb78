// Lines typed at a terminal, by libedit: editing, history, completion. Of one thread.
#ifndef LINE_EDITOR_H
#define LINE_EDITOR_H

#include <stdbool.h>

// Words that the tabulator completes; kept until the next call. The last is NULL.
void line_editor_complete(const char *const *words);

// The next line, to be freed; NULL at the end of the input.
char *line_editor_read(const char *prompt);

// Lines of earlier, from a file and to one, at most so many. Whether that worked.
bool line_editor_load(const char *path);
bool line_editor_save(const char *path, int most);

#endif
