#define _GNU_SOURCE
#include "libbcc.h"

#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *lib;
static void *module;
static unsigned int compile_flags;
static int compile_cpus;

/* A compile allocates some 100 MiB in small pieces and frees it by exiting. On a
 * thread other than the first, the C library would serve it from arenas that
 * grow page by page: have one heap that grows in large steps. */
static void tune_malloc(void)
{
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 16 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
#endif
}

const char *bccgo_open(const char *path)
{
	tune_malloc();
	lib = dlopen(path, RTLD_LAZY | RTLD_GLOBAL);
	return lib ? NULL : dlerror();
}

const char *bccgo_file(void)
{
	struct link_map *lm = NULL;
	const char *slash;

	if (!lib || dlinfo(lib, RTLD_DI_LINKMAP, &lm))
		return "libbcc.so";
	slash = strrchr(lm->l_name, '/');
	return slash ? slash + 1 : lm->l_name;
}

/* Looks a libbcc function up. The callers cannot report an error, and a libbcc
 * without one of these is not a libbcc: say so and stop. */
static void *need(const char *name)
{
	void *fn = lib ? dlsym(lib, name) : NULL;

	if (!fn) {
		fprintf(stderr, "bccgo: libbcc has no function %s\n", name);
		fflush(NULL);
		_Exit(3);
	}
	return fn;
}

#define CALL(ret, name, params, args) \
	(((ret (*) params)need(#name)) args)

void bccgo_set_compile(unsigned int flags, int ncpus)
{
	compile_flags = flags;
	compile_cpus = ncpus;
}

void *bccgo_module(void)
{
	return module;
}

/* gobpf appends -DNUMCPUS for the machine it runs on; the target may differ. */
static void set_numcpus(const char **cflags, int n, char *buf, size_t size)
{
	if (compile_cpus <= 0)
		return;
	snprintf(buf, size, "-DNUMCPUS=%d", compile_cpus);
	for (int i = 0; i < n; i++)
		if (!strncmp(cflags[i], "-DNUMCPUS=", 10))
			cflags[i] = buf;
}

/* Called by gobpf's NewModule. */
void *bpf_module_create_c_from_string(const char *text, unsigned int flags,
				      const char *cflags[], int ncflags,
				      bool allow_rlimit, const char *dev_name)
{
	char numcpus[32];
	const char **own = calloc(ncflags + 1, sizeof(*own));

	(void)flags;
	if (!own)
		return NULL;
	memcpy(own, cflags, ncflags * sizeof(*own));
	set_numcpus(own, ncflags, numcpus, sizeof(numcpus));
	module = CALL(void *, bpf_module_create_c_from_string,
		      (const char *, unsigned int, const char **, int, bool, const char *),
		      (text, compile_flags, own, ncflags, allow_rlimit, dev_name));
	free(own);
	return module;
}

size_t bccgo_num_functions(void *mod)
{
	return CALL(size_t, bpf_num_functions, (void *), (mod));
}

const char *bccgo_function_name(void *mod, size_t id)
{
	return CALL(const char *, bpf_function_name, (void *, size_t), (mod, id));
}

void *bccgo_function_start(void *mod, size_t id)
{
	return CALL(void *, bpf_function_start_id, (void *, size_t), (mod, id));
}

size_t bccgo_function_size(void *mod, size_t id)
{
	return CALL(size_t, bpf_function_size_id, (void *, size_t), (mod, id));
}

const char *bccgo_license(void *mod)
{
	return CALL(const char *, bpf_module_license, (void *), (mod));
}

/* Program type 2 (kprobe) stands for all: the recorder takes instructions and
 * debug records only, and the loader decides the type. */
int bccgo_load_function(void *mod, size_t id)
{
	return CALL(int, bcc_func_load,
		    (void *, int, const char *, const void *, int, const char *,
		     unsigned int, int, char *, unsigned int, const char *, int),
		    (mod, 2, bccgo_function_name(mod, id),
		     bccgo_function_start(mod, id), bccgo_function_size(mod, id),
		     bccgo_license(mod), 0, 0, NULL, 0, NULL, -1));
}

size_t bccgo_num_tables(void *mod)
{
	return CALL(size_t, bpf_num_tables, (void *), (mod));
}

void bccgo_table(void *mod, size_t id, struct bccgo_table *t)
{
	t->name = CALL(const char *, bpf_table_name, (void *, size_t), (mod, id));
	t->key_desc = CALL(const char *, bpf_table_key_desc_id, (void *, size_t), (mod, id));
	t->leaf_desc = CALL(const char *, bpf_table_leaf_desc_id, (void *, size_t), (mod, id));
	t->key_size = CALL(size_t, bpf_table_key_size_id, (void *, size_t), (mod, id));
	t->leaf_size = CALL(size_t, bpf_table_leaf_size_id, (void *, size_t), (mod, id));
	t->max_entries = CALL(size_t, bpf_table_max_entries_id, (void *, size_t), (mod, id));
	t->fd = CALL(int, bpf_table_fd_id, (void *, size_t), (mod, id));
	t->type = CALL(int, bpf_table_type_id, (void *, size_t), (mod, id));
	t->flags = CALL(int, bpf_table_flags_id, (void *, size_t), (mod, id));
}

size_t bccgo_event_fields(void *mod, const char *event)
{
	return CALL(size_t, bpf_perf_event_fields, (void *, const char *), (mod, event));
}

const char *bccgo_event_field(void *mod, const char *event, size_t i)
{
	return CALL(const char *, bpf_perf_event_field, (void *, const char *, size_t),
		    (mod, event, i));
}

void bccgo_flush(void)
{
	fflush(NULL);
}
