// Package runtimes knows the static probes of language runtimes: which ones tell
// of methods, collections, objects and threads, what their arguments mean, and
// which builds have them. The tools ucalls, uflow, ugc, uobjnew, ustat and
// uthreads are made from it.
package runtimes
