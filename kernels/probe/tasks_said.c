/* What a task says: a list of JSON values, written at once, as memory may be shared. */
#include "tasks.h"

#include <stdio.h>
#include <string.h>

struct play play;

static char line[8192];
static int at, depth, first = 1;

static void put(const char *text)
{
	int n = (int)strlen(text);

	if (at + n < (int)sizeof line)
		memcpy(line + at, text, n);
	at += n;
}

static void flush(void)
{
	if (!depth) {
		raw(SYS_write, play.out, line, at);
		at = 0;
	}
}

static void comma(void)
{
	if (!depth || !first)
		put(",");
	first = 0;
}

void said_number(long long value)
{
	char digits[32];

	comma();
	snprintf(digits, sizeof digits, "%lld", value);
	put(digits);
	flush();
}

void said_text(const char *text)
{
	comma();
	put("\"");
	put(text);
	put("\"");
	flush();
}

void said_list_begin(void)
{
	comma();
	put("[");
	depth++;
	first = 1;
}

void said_list_end(void)
{
	put("]");
	depth--;
	first = 0;
	flush();
}
