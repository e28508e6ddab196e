package main

// guest is a program that makes a virtual machine of one page. For each line,
// the number of a call and its first two arguments, the machine makes that call
// and halts.
const guest = `
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGE 0x1000

static int check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static const char code[] = {
	0x0f, 0x01, 0xd9,	/* vmmcall */
	0xf4,			/* hlt */
};

static int machine(struct kvm_run **run)
{
	int kvm = check(open("/dev/kvm", O_RDWR), "open /dev/kvm");
	int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "create a machine");
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region memory = {
		.guest_phys_addr = PAGE, .memory_size = PAGE, .userspace_addr = (unsigned long)page,
	};
	struct kvm_sregs segments;
	int cpu;

	memcpy(page, code, sizeof(code));
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &memory), "give it memory");
	cpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "create a processor");
	*run = mmap(NULL, check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "ask for a size"),
		PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	check(ioctl(cpu, KVM_GET_SREGS, &segments), "get segments");
	segments.cs.base = segments.cs.selector = 0;
	check(ioctl(cpu, KVM_SET_SREGS, &segments), "set segments");
	return cpu;
}

int main(void)
{
	struct kvm_run *run;
	int cpu = machine(&run);
	long long number, first, second;

	while (scanf("%lld %lld %lld", &number, &first, &second) == 3) {
		struct kvm_regs regs = { .rip = PAGE, .rflags = 2, .rax = number, .rbx = first, .rcx = second, .rdx = 3, .rsi = 4 };

		check(ioctl(cpu, KVM_SET_REGS, &regs), "set registers");
		check(ioctl(cpu, KVM_RUN, 0), "run");
		puts(run->exit_reason == KVM_EXIT_HLT ? "halted" : "stopped otherwise");
		fflush(stdout);
	}
	return 0;
}
`
