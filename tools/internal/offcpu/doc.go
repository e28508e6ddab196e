// Package offcpu is what tools have in common that add up how long threads wait, by
// where they did and by who woke them.
package offcpu
