// Package cache keeps compiled programs in a folder, named by a hash of all
// that their compile depends on.
//
// What the folder holds is loaded into the kernel by root, so a Store trusts
// nothing it has not checked: every directory on the way must belong to root or
// the caller and be closed to the writing of others, the folder itself must be
// the caller's alone, and a file must be a plain one of the caller's with one
// name. What fails such a check is an *UnsafeError and is never used. A file
// that was cut short or changed is a *DamagedError.
//
// Files appear whole, by renaming, so a process killed at any moment leaves
// nothing that a later one trips over.
package cache
