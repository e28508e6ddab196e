BPF_HASH(table, u64, u64, ENTRIES);
