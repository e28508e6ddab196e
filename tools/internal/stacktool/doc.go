// Package stacktool is what tools have in common that add up by stacks: which
// threads they follow, which stacks they keep, and how they show the sums.
package stacktool
