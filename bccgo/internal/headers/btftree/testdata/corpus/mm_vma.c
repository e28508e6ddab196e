#include <linux/mm.h>

int fault(struct pt_regs *ctx, struct vm_area_struct *vma, unsigned long address)
{
	u64 pages = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;

	if (vma->vm_flags & VM_WRITE && !(vma->vm_flags & VM_SHARED))
		bpf_trace_printk("private %llu pages at %lx\n", pages, vma->vm_start);
	if (vma->vm_flags & (VM_EXEC | VM_GROWSDOWN | VM_LOCKED | VM_HUGETLB))
		return 1;
	return (address & PAGE_MASK) + vma->vm_pgoff;
}
