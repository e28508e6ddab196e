#define _GNU_SOURCE
#include "capture.h"
#include "libbcc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "got.h"

/* The options of libbpf 1.x. Callers built against an older or newer libbpf
 * pass a shorter or longer struct; sz says how much of it is there. */
struct map_opts {
	size_t sz;
	uint32_t btf_fd;
	uint32_t btf_key_type_id;
	uint32_t btf_value_type_id;
	uint32_t btf_vmlinux_value_type_id;
	uint32_t inner_map_fd;
	uint32_t map_flags;
};

struct prog_opts {
	size_t sz;
	int attempts;
	uint32_t expected_attach_type;
	uint32_t prog_btf_fd;
	uint32_t prog_flags;
	uint32_t prog_ifindex;
	uint32_t kern_version;
	uint32_t attach_btf_id;
	uint32_t attach_prog_fd;
	uint32_t attach_btf_obj_fd;
	const int *fd_array;
	const void *func_info;
	uint32_t func_info_cnt;
	uint32_t func_info_rec_size;
	const void *line_info;
	uint32_t line_info_cnt;
	uint32_t line_info_rec_size;
};

#define HAS(opts, field) \
	((opts) && (opts)->sz >= offsetof(__typeof__(*(opts)), field) + sizeof((opts)->field))
#define OPT(opts, field) (HAS(opts, field) ? (opts)->field : 0)

static struct bccgo_map_rec *maps;
static int nmaps;
static struct bccgo_prog_rec *progs;
static int nprogs;
static void *btf_data;
static size_t btf_size;
static const char *release;

struct file {
	char *path;
	int fd;
};

static struct file *files;
static int nfiles;

static void *(*real_btf_new)(const void *, uint32_t);
static FILE *(*real_fopen)(const char *, const char *);
static int (*real_uname)(struct utsname *);
static int (*real_access)(const char *, int);
static int (*real_mkdir)(const char *, mode_t);

/* A descriptor that libbcc may keep and close, and that no other has. */
static int fake_fd(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void *copy(const void *p, size_t n)
{
	void *c = n ? malloc(n) : NULL;

	return c ? memcpy(c, p, n) : NULL;
}

static void *grow(void *array, int n, size_t size)
{
	void *a = realloc(array, (n + 1) * size);

	if (!a)
		abort();
	memset((char *)a + n * size, 0, size);
	return a;
}

static int rec_map_create(int type, const char *name, uint32_t key_size,
			  uint32_t value_size, uint32_t max_entries,
			  const struct map_opts *o)
{
	struct bccgo_map_rec *r;

	maps = grow(maps, nmaps, sizeof(*maps));
	r = &maps[nmaps++];
	r->name = strdup(name ? name : "");
	r->type = type;
	r->key_size = key_size;
	r->value_size = value_size;
	r->max_entries = max_entries;
	r->flags = OPT(o, map_flags);
	r->key_tid = OPT(o, btf_key_type_id);
	r->value_tid = OPT(o, btf_value_type_id);
	r->inner_fd = OPT(o, inner_map_fd);
	r->fd = fake_fd();
	return r->fd;
}

static int rec_prog_load(int type, const char *name, const char *license,
			 const void *insns, size_t count, const struct prog_opts *o)
{
	struct bccgo_prog_rec *r;

	(void)type;
	(void)license;
	progs = grow(progs, nprogs, sizeof(*progs));
	r = &progs[nprogs++];
	r->name = strdup(name ? name : "");
	r->insns_size = count * 8;
	r->insns = copy(insns, r->insns_size);
	r->func_info_rec = OPT(o, func_info_rec_size);
	r->func_info_size = OPT(o, func_info_cnt) * r->func_info_rec;
	r->func_info = copy(OPT(o, func_info), r->func_info_size);
	r->line_info_rec = OPT(o, line_info_rec_size);
	r->line_info_size = OPT(o, line_info_cnt) * r->line_info_rec;
	r->line_info = copy(OPT(o, line_info), r->line_info_size);
	return fake_fd();
}

static void *rec_btf_new(const void *data, uint32_t size)
{
	free(btf_data);
	btf_data = copy(data, size);
	btf_size = size;
	return real_btf_new(data, size);
}

static int rec_btf_load(void *btf)
{
	(void)btf;
	return 0;
}

static int rec_btf_fd(const void *btf)
{
	static int fd = -1;

	(void)btf;
	if (fd < 0)
		fd = fake_fd();
	return fd;
}

static int rec_obj_pin(int fd, const char *path)
{
	for (int i = 0; i < nmaps; i++)
		if (maps[i].fd == fd)
			maps[i].pin = strdup(path);
	return 0;
}

/* No pinned object is looked at while compiling: the loader reopens the pin. */
static int rec_obj_get(const char *path)
{
	(void)path;
	errno = ENOENT;
	return -1;
}

static int rec_obj_info(int fd, void *info, uint32_t *len)
{
	(void)fd;
	memset(info, 0, *len);
	return 0;
}

/* Attach targets are found by name when the bundle is loaded. */
static int rec_find_btf_id(const char *name, int attach_type)
{
	(void)name;
	(void)attach_type;
	return 1;
}

/* libbcc keeps copies of the text under /var/tmp for programs whose tag it
 * knows: it is never told one. */
static int rec_get_tag(int fd, unsigned long long *tag)
{
	(void)fd;
	*tag = 0;
	return -1;
}

void bccgo_set_release(const char *r)
{
	release = r && *r ? strdup(r) : NULL;
}

int bccgo_add_file(const char *path, const char *content, size_t size)
{
	int fd = memfd_create("bccgo", MFD_CLOEXEC);

	if (fd < 0 || write(fd, content, size) != (ssize_t)size)
		return -1;
	files = grow(files, nfiles, sizeof(*files));
	files[nfiles].path = strdup(path);
	files[nfiles++].fd = fd;
	return 0;
}

/* The descriptor to read path from, -1 if the real file is meant, -2 if there
 * is no such file on the target. */
static int target_file(const char *path)
{
	static const char *const roots[] = {
		"/sys/kernel/debug/tracing/events/", "/sys/kernel/tracing/events/",
	};

	for (int i = 0; i < nfiles; i++)
		if (!strcmp(files[i].path, path))
			return files[i].fd;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		size_t n = strlen(roots[i]);

		if (strncmp(path, roots[i], n))
			continue;
		for (int k = 0; k < nfiles; k++)
			if (files[k].path[0] != '/' && !strcmp(files[k].path, path + n))
				return files[k].fd;
		return -2;
	}
	return -1;
}

static FILE *rec_fopen(const char *path, const char *mode)
{
	char name[64];
	int fd = target_file(path);

	if (fd == -1)
		return real_fopen(path, mode);
	if (fd == -2) {
		errno = ENOENT;
		return NULL;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return real_fopen(name, mode);
}

/* libbcc chooses between the two mount points of tracefs by looking at them;
 * either will do, the files come from the request. */
static int rec_access(const char *path, int mode)
{
	if (!strncmp(path, "/sys/kernel/tracing", 19) ||
	    !strncmp(path, "/sys/kernel/debug/tracing", 25))
		return 0;
	return real_access(path, mode);
}

/* libbcc drops a table, with a mere message, whose pin is not below a BPF file
 * system. Only where the program is loaded can that be told. */
static int rec_statfs(const char *path, struct statfs *s)
{
	(void)path;
	memset(s, 0, sizeof(*s));
	s->f_type = BPF_FS_MAGIC;
	return 0;
}

/* Nor are folders made for pins while compiling. Those that libbcc needs for
 * itself are: for its notes, and for headers it unpacks. */
static int rec_mkdir(const char *path, mode_t mode)
{
	if (!strncmp(path, "/var/tmp/bcc", 12) || !strncmp(path, "/tmp/kheaders", 13))
		return real_mkdir(path, mode);
	return 0;
}

static int rec_uname(struct utsname *u)
{
	int err = real_uname(u);

	if (!err && release) {
		strncpy(u->release, release, sizeof(u->release) - 1);
		u->release[sizeof(u->release) - 1] = 0;
	}
	return err;
}

int bccgo_capture(void)
{
	static const struct got_hook required[] = {
		{ "bpf_map_create", rec_map_create, NULL },
		{ "bpf_prog_load", rec_prog_load, NULL },
		{ "btf__new", rec_btf_new, (void **)&real_btf_new },
		{ "btf__load_into_kernel", rec_btf_load, NULL },
		{ "btf__fd", rec_btf_fd, NULL },
		{ "bpf_obj_get", rec_obj_get, NULL },
		{ "bpf_obj_pin", rec_obj_pin, NULL },
		{ "uname", rec_uname, (void **)&real_uname },
	};
	static const struct got_hook optional[] = {
		{ "bpf_obj_get_info_by_fd", rec_obj_info, NULL },
		{ "bpf_map_get_info_by_fd", rec_obj_info, NULL },
		{ "libbpf_find_vmlinux_btf_id", rec_find_btf_id, NULL },
		{ "bpf_prog_get_tag", rec_get_tag, NULL },
		{ "access", rec_access, (void **)&real_access },
		{ "statfs", rec_statfs, NULL },
		{ "statfs64", rec_statfs, NULL },
		{ "mkdir", rec_mkdir, (void **)&real_mkdir },
	};
	static const struct got_hook opens[] = {
		{ "fopen", rec_fopen, (void **)&real_fopen },
		{ "fopen64", rec_fopen, (void **)&real_fopen },
	};
	const char *libbcc = bccgo_file();

	for (size_t i = 0; i < sizeof(required) / sizeof(*required); i++)
		if (!got_has(libbcc, required[i].name))
			return -1;
	got_redirect(libbcc, required, sizeof(required) / sizeof(*required));
	got_redirect(libbcc, optional, sizeof(optional) / sizeof(*optional));
	got_redirect(libbcc, opens, sizeof(opens) / sizeof(*opens));
	got_redirect("libstdc++.so", opens, sizeof(opens) / sizeof(*opens));
	return 0;
}

int bccgo_map_count(void)
{
	return nmaps;
}

struct bccgo_map_rec *bccgo_map_at(int i)
{
	return &maps[i];
}

int bccgo_prog_count(void)
{
	return nprogs;
}

struct bccgo_prog_rec *bccgo_prog_at(int i)
{
	return &progs[i];
}

const void *bccgo_btf(size_t *size)
{
	*size = btf_size;
	return btf_data;
}
