/* Redirecting the calls that one shared library makes into another. */
#ifndef BCCGO_GOT_H
#define BCCGO_GOT_H

#include <stdbool.h>
#include <stddef.h>

struct got_hook {
	const char *name;
	void *fn;
	/* Where to keep the function that was called before, or NULL. */
	void **old;
};

/* Does the library whose file name starts with lib call name through a slot? */
bool got_has(const char *lib, const char *name);

/* Points the slots of the library at the hooks. */
void got_redirect(const char *lib, const struct got_hook *hooks, size_t n);

#endif
