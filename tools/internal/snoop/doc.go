// Package snoop is what the tools share that print a line for each event of a
// task: which tasks are wanted, who it was, and the way from the C text to lines.
package snoop
