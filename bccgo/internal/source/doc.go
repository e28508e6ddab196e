// Package source answers what has to be known about a BCC program text
// without a compiler: which functions, tables, includes and tracepoints it
// names, where in the Go program its lines come from, and what has to be
// written into it so that the compiler and the verifier report those places
// and the compiled object describes the events it sends.
//
// Nothing here expands macros or resolves types. The text is cut into C
// tokens and read at the level of top-level declarations, which is enough for
// the questions above and cannot fail: any bytes give an answer.
//
// # Lines that libbcc moves
//
// libbcc rewrites the text before it generates code, and its edits move
// lines (measured with libbcc 0.26):
//
//   - a section attribute and a newline go before every program function,
//     preceded by the generated struct when the function takes a tracepoint's
//     arguments;
//   - a newline, and the statements that fetch extra parameters, go after the
//     brace that opens the body; parameters taken out of a header of several
//     lines take their newlines with them;
//   - a call of a table's method that is written over several lines loses the
//     newlines before its first and after its last argument.
//
// [Annotate] puts a #line directive after each such place, so every statement
// keeps its exact line through all passes. The header of a function is the
// exception: nothing can be put between libbcc's attribute and the
// declaration, so code generation sees the header one or more lines too low.
// It matters for one record only: the line information of a function's first
// instruction when it carries column 0, which stands for the declaration
// itself. Use [Function.Line] for it.
//
// Lines end at "\n"; a carriage return is white space. Lines and columns
// count from 1, columns in bytes.
package source
