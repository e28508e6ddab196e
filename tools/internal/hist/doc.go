// Package hist is what tools that print histograms share: the arguments
// "[interval [count]]", the rounds that they ask for, the counting in the kernel and
// what is new of it, the sections as text or JSON, and the pictures of --svg and
// --html.
package hist
