#define _GNU_SOURCE
#include "got.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SLOT_CALL R_X86_64_JUMP_SLOT
#define SLOT_DATA R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define SLOT_CALL R_AARCH64_JUMP_SLOT
#define SLOT_DATA R_AARCH64_GLOB_DAT
#else
#define SLOT_CALL (-1)
#define SLOT_DATA (-1)
#endif

struct object {
	uintptr_t base;
	const Elf64_Sym *symtab;
	const char *strtab;
	const Elf64_Rela *rela, *plt;
	size_t nrela, nplt;
};

/* glibc adds the load address to these entries, musl does not. */
static uintptr_t absolute(const struct link_map *lm, uintptr_t p)
{
	return p < lm->l_addr ? lm->l_addr + p : p;
}

static void read_dynamic(const struct link_map *lm, struct object *o)
{
	memset(o, 0, sizeof(*o));
	o->base = lm->l_addr;
	for (const Elf64_Dyn *d = (const void *)lm->l_ld; d->d_tag != DT_NULL; d++) {
		uintptr_t p = absolute(lm, d->d_un.d_ptr);

		switch (d->d_tag) {
		case DT_SYMTAB: o->symtab = (const void *)p; break;
		case DT_STRTAB: o->strtab = (const void *)p; break;
		case DT_RELA: o->rela = (const void *)p; break;
		case DT_JMPREL: o->plt = (const void *)p; break;
		case DT_RELASZ: o->nrela = d->d_un.d_val / sizeof(Elf64_Rela); break;
		case DT_PLTRELSZ: o->nplt = d->d_un.d_val / sizeof(Elf64_Rela); break;
		}
	}
}

static bool find_object(const char *lib, struct object *o)
{
	struct link_map *lm = NULL;
	void *self = dlopen(NULL, RTLD_LAZY);

	if (!self || dlinfo(self, RTLD_DI_LINKMAP, &lm))
		return false;
	for (; lm; lm = lm->l_next) {
		const char *slash = strrchr(lm->l_name, '/');
		const char *file = slash ? slash + 1 : lm->l_name;

		if (strncmp(file, lib, strlen(lib)))
			continue;
		read_dynamic(lm, o);
		return o->symtab && o->strtab;
	}
	return false;
}

static void set_slot(void **slot, const struct got_hook *hook)
{
	uintptr_t page = sysconf(_SC_PAGESIZE);
	void *start = (void *)((uintptr_t)slot & ~(page - 1));

	if (hook->old && *slot != hook->fn)
		*hook->old = dlsym(RTLD_DEFAULT, hook->name);
	mprotect(start, page, PROT_READ | PROT_WRITE);
	*slot = hook->fn;
}

/* Counts the slots of that name, pointing them at the hook if it has one. */
static int each_slot(const struct object *o, const Elf64_Rela *r, size_t n,
		     const struct got_hook *hook)
{
	int found = 0;

	for (size_t i = 0; r && i < n; i++) {
		int type = ELF64_R_TYPE(r[i].r_info);
		const Elf64_Sym *sym = &o->symtab[ELF64_R_SYM(r[i].r_info)];

		if (type != SLOT_CALL && type != SLOT_DATA)
			continue;
		if (strcmp(o->strtab + sym->st_name, hook->name))
			continue;
		found++;
		if (hook->fn)
			set_slot((void **)(o->base + r[i].r_offset), hook);
	}
	return found;
}

bool got_has(const char *lib, const char *name)
{
	struct got_hook probe = { .name = name };
	struct object o;

	return find_object(lib, &o) &&
	       each_slot(&o, o.plt, o.nplt, &probe) + each_slot(&o, o.rela, o.nrela, &probe) > 0;
}

void got_redirect(const char *lib, const struct got_hook *hooks, size_t n)
{
	struct object o;

	if (!find_object(lib, &o))
		return;
	for (size_t i = 0; i < n; i++) {
		each_slot(&o, o.plt, o.nplt, &hooks[i]);
		each_slot(&o, o.rela, o.nrela, &hooks[i]);
	}
}
