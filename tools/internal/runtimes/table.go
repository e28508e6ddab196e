package runtimes

import (
	"fmt"
	"strings"
)

// all are the runtimes, by the names of their languages. Probes and arguments are
// those of hotspot.d and hotspot_jni.d (OpenJDK), node_provider.d (Node.js up to
// 18), perldtrace.d, zend_dtrace.d (PHP), pydtrace.d, probes.d (Ruby) and
// tclDTrace.d.
var all = []*Runtime{java, node, perl, php, python, ruby, tcl}

var java = &Runtime{
	Language:  "java",
	Providers: []string{"hotspot", "hotspot_jni"},
	Files:     []string{"libjvm.so"},
	Needs:     "OpenJDK has them if it was configured with --enable-dtrace, as the packages of Debian and Ubuntu are",
	Methods:   []Method{{Entry: "hotspot:method__entry", Return: "hotspot:method__return", Class: Text{2, 3}, Name: Text{4, 5}}},
	Collections: []Collection{
		{
			Begin: "hotspot:mem__pool__gc__begin", End: "hotspot:mem__pool__gc__end", Anywhere: true, Of: 3,
			BeginNumbers: []int{6, 8}, EndNumbers: []int{6, 8}, Texts: []Text{{1, 2}, {3, 4}}, Describe: describePool,
		},
		{Begin: "hotspot:gc__begin", End: "hotspot:gc__end", Anywhere: true, BeginNumbers: []int{1}, Describe: describeJava},
	},
	Objects: []Object{{Probe: "hotspot:object__alloc", Type: Text{2, 3}, Size: 4}},
	Threads: []Thread{
		{Probe: "hotspot:thread__start", Event: "start", Name: Text{1, 2}, ID: 3, Native: 4},
		{Probe: "hotspot:thread__stop", Event: "stop", Name: Text{1, 2}, ID: 3, Native: 4},
	},
	// A collection also has a probe for each pool, which would count it again.
	Rates: []Rate{
		{"hotspot:method__entry", MethodColumn},
		{"hotspot:gc__begin", CollectionColumn},
		{"hotspot:object__alloc", ObjectColumn},
		{"hotspot:class__loaded", ClassColumn},
		{"hotspot_jni:ExceptionOccurred__entry", ExceptionColumn},
		{"hotspot:thread__start", ThreadColumn},
	},
	switches: []aSwitch{
		{of: Calls, words: []string{"ExtendedDTraceProbes", "DTraceMethodProbes"}, with: "-XX:+ExtendedDTraceProbes"},
		{of: Objects, words: []string{"ExtendedDTraceProbes", "DTraceAllocProbes"}, with: "-XX:+ExtendedDTraceProbes"},
	},
}

// poolSize is a pool's limit, which is -1 if it has none.
func poolSize(n int64) string {
	if n < 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func describePool(c Collected) string {
	return fmt.Sprintf("%s %s used=%d->%d max=%s->%s", c.Texts[0], c.Texts[1], c.Begin[0], c.End[0], poolSize(c.Begin[1]), poolSize(c.End[1]))
}

func describeJava(c Collected) string {
	if c.Begin[0] != 0 {
		return "full collection"
	}
	return "collection"
}

var node = &Runtime{
	Language:    "node",
	Providers:   []string{"node"},
	Files:       []string{"node", "libnode"},
	Needs:       "Node.js has them up to version 18, if it was configured with --with-dtrace; the packages of Debian and later versions have none",
	Collections: []Collection{{Begin: "node:gc__start", End: "node:gc__done", EndNumbers: []int{1}, Describe: describeNode}},
	Rates:       []Rate{{"node:gc__start", CollectionColumn}},
}

// describeNode reads V8's GCType.
func describeNode(c Collected) string {
	var names []string
	for i, name := range []string{"scavenge", "mark-sweep-compact", "incremental mark", "weak callbacks"} {
		if c.End[0]&(1<<i) != 0 {
			names = append(names, "GC "+name)
		}
	}
	if names == nil {
		return fmt.Sprintf("GC of type %d", c.End[0])
	}
	return strings.Join(names, ", ")
}

var perl = &Runtime{
	Language:  "perl",
	Providers: []string{"perl"},
	Files:     []string{"perl", "libperl"},
	Needs:     "perl has them if it was configured with -Dusedtrace, which Debian's is not",
	Methods:   []Method{{Entry: "perl:sub__entry", Return: "perl:sub__return", Class: Text{Arg: 2}, Name: Text{Arg: 1}}},
	Rates:     []Rate{{"perl:sub__entry", MethodColumn}},
}

var php = &Runtime{
	Language:  "php",
	Providers: []string{"php"},
	Files:     []string{"php", "libphp"},
	Needs:     "PHP has them if it was configured with --enable-dtrace",
	Methods:   []Method{{Entry: "php:function__entry", Return: "php:function__return", Class: Text{Arg: 4}, Name: Text{Arg: 1}}},
	Rates: []Rate{
		{"php:function__entry", MethodColumn},
		{"php:compile__file__entry", ClassColumn},
		{"php:exception__thrown", ExceptionColumn},
	},
	switches: []aSwitch{{of: Calls, words: []string{"USE_ZEND_DTRACE=1"}, with: "the environment variable USE_ZEND_DTRACE=1"}},
}

var python = &Runtime{
	Language:  "python",
	Providers: []string{"python"},
	Files:     []string{"python", "libpython"},
	Needs:     "Python has them from 3.6 on if it was configured with --with-dtrace, as Debian's is, those of functions up to 3.11",
	Methods: []Method{{
		Entry: "python:function__entry", Return: "python:function__return", Class: Text{Arg: 1}, Name: Text{Arg: 2},
		ReturnsOnly: true, // 3.11, where calls are told in threads that are profiled
	}},
	Collections: []Collection{{
		Begin: "python:gc__start", End: "python:gc__done", BeginNumbers: []int{1}, EndNumbers: []int{1},
		Describe: func(c Collected) string { return fmt.Sprintf("gen %d GC collected %d objects", c.Begin[0], c.End[0]) },
	}},
	Rates: []Rate{{"python:function__return", MethodColumn}, {"python:gc__start", CollectionColumn}},
}

var ruby = &Runtime{
	Language:  "ruby",
	Providers: []string{"ruby"},
	Files:     []string{"ruby", "libruby"},
	Needs:     "Ruby has them if it was configured with --enable-dtrace",
	Methods: []Method{
		{Entry: "ruby:method__entry", Return: "ruby:method__return", Class: Text{Arg: 1}, Name: Text{Arg: 2}},
		{Entry: "ruby:cmethod__entry", Return: "ruby:cmethod__return", Class: Text{Arg: 1}, Name: Text{Arg: 2}},
	},
	Collections: []Collection{
		{Begin: "ruby:gc__mark__begin", End: "ruby:gc__mark__end", Describe: func(Collected) string { return "GC mark stage" }},
		{Begin: "ruby:gc__sweep__begin", End: "ruby:gc__sweep__end", Describe: func(Collected) string { return "GC sweep stage" }},
	},
	Objects: []Object{
		{Probe: "ruby:object__create", Type: Text{Arg: 1}},
		{Probe: "ruby:string__create", Name: "string", Size: 1},
		{Probe: "ruby:hash__create", Name: "hash", Size: 1},
		{Probe: "ruby:array__create", Name: "array", Size: 1},
	},
	// A collection marks and then sweeps.
	Rates: []Rate{
		{"ruby:method__entry", MethodColumn}, {"ruby:cmethod__entry", MethodColumn},
		{"ruby:gc__mark__begin", CollectionColumn},
		{"ruby:object__create", ObjectColumn}, {"ruby:string__create", ObjectColumn},
		{"ruby:hash__create", ObjectColumn}, {"ruby:array__create", ObjectColumn},
		{"ruby:require__entry", ClassColumn}, {"ruby:load__entry", ClassColumn},
		{"ruby:raise", ExceptionColumn},
	},
}

var tcl = &Runtime{
	Language:  "tcl",
	Providers: []string{"tcl"},
	Files:     []string{"tclsh", "wish", "libtcl"},
	Needs:     "Tcl has them if it was configured with --enable-dtrace, which Debian's is not",
	Methods:   []Method{{Entry: "tcl:proc__entry", Return: "tcl:proc__return", Name: Text{Arg: 1}}},
	Objects:   []Object{{Probe: "tcl:obj__create", Name: "<ALL>"}},
	Rates:     []Rate{{"tcl:proc__entry", MethodColumn}, {"tcl:obj__create", ObjectColumn}},
}
