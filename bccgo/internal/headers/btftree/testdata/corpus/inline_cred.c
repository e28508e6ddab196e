#include <linux/cred.h>
#include <linux/uidgid.h>

int cred(struct pt_regs *ctx, struct cred *cred)
{
	kuid_t uid;
	kgid_t gid;

	bpf_probe_read_kernel(&uid, sizeof(uid), &cred->uid);
	bpf_probe_read_kernel(&gid, sizeof(gid), &cred->gid);
	return __kuid_val(uid) + __kgid_val(gid) + uid_eq(uid, GLOBAL_ROOT_UID) + uid_valid(uid) + gid_eq(gid, KGIDT_INIT(4));
}
