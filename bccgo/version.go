package bccgo

import "runtime/debug"

// modulePath is what this module is required as.
const modulePath = "github.com/bccgo/bcc"

// Version returns the version of this library in the running program, such as
// "v1.2.0"; "(devel)" or a pseudo-version where it was built from a working
// copy, "(unknown)" in a program built without module information.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	return versionIn(info)
}

func versionIn(info *debug.BuildInfo) string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path != modulePath {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version != "" {
			return m.Version
		}
		return "(devel)"
	}
	return "(unknown)"
}
