// Package callcount counts how often places are passed: for tools that print counts
// by function.
package callcount
