TRACEPOINT_PROBE(writeback, writeback_dirty_inode)
{
	return args->ino + args->state;
}
