// Package queries is what the tools that measure the queries of database servers
// share: how they find the servers and the probes in them, and the C by which a
// query is followed from its start to its end.
package queries
