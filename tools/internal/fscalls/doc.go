// Package fscalls traces system calls of a tool's choice, with what they are given
// and return: statsnoop, syncsnoop and mountsnoop are little more than lists of calls
// and a way to print them.
package fscalls
