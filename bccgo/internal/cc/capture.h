/* Recording what libbcc would ask of the kernel. */
#ifndef BCCGO_CAPTURE_H
#define BCCGO_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

struct bccgo_map_rec {
	char *name;
	uint32_t type, key_size, value_size, max_entries, flags;
	uint32_t key_tid, value_tid;
	int inner_fd;
	int fd;
	char *pin;
};

struct bccgo_prog_rec {
	char *name;
	void *insns;
	size_t insns_size;
	void *func_info;
	uint32_t func_info_size, func_info_rec;
	void *line_info;
	uint32_t line_info_size, line_info_rec;
};

/* Redirects libbcc's calls into libbpf to the recorders. Returns 0, or -1 when
 * libbcc does not make those calls through slots that can be redirected. */
int bccgo_capture(void);

/* Makes libbcc see another kernel release, and a file's content at a path.
 * Files below the kernel's tracing directories exist only if given here. */
void bccgo_set_release(const char *release);
int bccgo_add_file(const char *path, const char *content, size_t size);

int bccgo_map_count(void);
struct bccgo_map_rec *bccgo_map_at(int i);
int bccgo_prog_count(void);
struct bccgo_prog_rec *bccgo_prog_at(int i);
const void *bccgo_btf(size_t *size);

#endif
