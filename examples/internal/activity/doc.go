// Package activity does things for the lessons' tests to see: each function
// does one thing and returns what is needed to find it in a program's output.
package activity
