/* The part of libbcc that the compile child uses, opened at run time. */
#ifndef BCCGO_LIBBCC_H
#define BCCGO_LIBBCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens libbcc; NULL on success, else the dynamic loader's message. */
const char *bccgo_open(const char *path);

/* The name of the file it came from, without folders. */
const char *bccgo_file(void);

/* What to hand to libbcc in place of what the caller passed. */
void bccgo_set_compile(unsigned int flags, int ncpus);

/* The module that gobpf's NewModule made, NULL if the compile failed. */
void *bccgo_module(void);

size_t bccgo_num_functions(void *mod);
const char *bccgo_function_name(void *mod, size_t id);
void *bccgo_function_start(void *mod, size_t id);
size_t bccgo_function_size(void *mod, size_t id);
int bccgo_load_function(void *mod, size_t id);
const char *bccgo_license(void *mod);

struct bccgo_table {
	const char *name;
	const char *key_desc;
	const char *leaf_desc;
	size_t key_size;
	size_t leaf_size;
	size_t max_entries;
	int fd;
	int type;
	int flags;
};

size_t bccgo_num_tables(void *mod);
void bccgo_table(void *mod, size_t id, struct bccgo_table *t);
size_t bccgo_event_fields(void *mod, const char *event);
const char *bccgo_event_field(void *mod, const char *event, size_t i);

/* Writes out everything libbcc left in the C library's buffers. */
void bccgo_flush(void);

#endif
