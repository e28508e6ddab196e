// Package screen is what tools share that show the most of something anew every
// interval, as top does: redrawn on a terminal, block below block elsewhere, or as
// JSON objects.
//
// A tool has Options among its flags, reads its arguments by Parse, and calls Run
// when it traces, with a function that returns the rows of an interval, the most
// first.
package screen
