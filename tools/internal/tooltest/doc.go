// Package tooltest is what the tests of several tools share.
package tooltest
