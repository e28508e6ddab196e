/* gobpf refers to libbcc's run-time half as well as to its compiler. Nothing of
 * that half is ever called here (cilium/ebpf does that work), but the linker
 * wants the names. A call would be a bug: say which and stop. */
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void not_ours(const char *name)
{
	fprintf(stderr, "bccgo: %s was called; only libbcc's compiler is in use\n", name);
	fflush(NULL);
	_Exit(3);
}

#define UNUSED(name) void name(void) { not_ours(#name); }

UNUSED(bcc_foreach_function_symbol)
UNUSED(bcc_free_symcache)
UNUSED(bcc_func_load)
UNUSED(bcc_resolve_symname)
UNUSED(bcc_symcache_new)
UNUSED(bcc_symcache_resolve_name)
UNUSED(bpf_attach_kprobe)
UNUSED(bpf_attach_perf_event)
UNUSED(bpf_attach_raw_tracepoint)
UNUSED(bpf_attach_tracepoint)
UNUSED(bpf_attach_uprobe)
UNUSED(bpf_attach_xdp)
UNUSED(bpf_close_perf_event_fd)
UNUSED(bpf_delete_elem)
UNUSED(bpf_detach_kprobe)
UNUSED(bpf_detach_tracepoint)
UNUSED(bpf_detach_uprobe)
UNUSED(bpf_function_size)
UNUSED(bpf_function_start)
UNUSED(bpf_get_first_key)
UNUSED(bpf_get_next_key)
UNUSED(bpf_lookup_elem)
UNUSED(bpf_module_destroy)
UNUSED(bpf_module_kern_version)
UNUSED(bpf_module_license)
UNUSED(bpf_num_tables)
UNUSED(bpf_open_perf_buffer)
UNUSED(bpf_prog_get_tag)
UNUSED(bpf_table_fd_id)
UNUSED(bpf_table_id)
UNUSED(bpf_table_key_desc_id)
UNUSED(bpf_table_key_size_id)
UNUSED(bpf_table_key_snprintf)
UNUSED(bpf_table_key_sscanf)
UNUSED(bpf_table_leaf_desc_id)
UNUSED(bpf_table_leaf_size_id)
UNUSED(bpf_table_leaf_snprintf)
UNUSED(bpf_table_leaf_sscanf)
UNUSED(bpf_table_name)
UNUSED(bpf_table_type_id)
UNUSED(bpf_update_elem)
UNUSED(perf_reader_fd)
UNUSED(perf_reader_free)
UNUSED(perf_reader_poll)
