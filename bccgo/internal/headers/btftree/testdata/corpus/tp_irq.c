BPF_HASH(irqs, int);

TRACEPOINT_PROBE(irq, irq_handler_entry)
{
	char name[16];
	int irq = args->irq;

	TP_DATA_LOC_READ_STR(&name, name, sizeof(name));
	if (name[0])
		irqs.increment(irq);
	return 0;
}
