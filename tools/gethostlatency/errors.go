package main

import "fmt"

// errorNames are the errors of getaddrinfo as netdb.h of glibc numbers them, and
// musl those that it has.
var errorNames = map[int32]string{
	-1: "EAI_BADFLAGS", -2: "EAI_NONAME", -3: "EAI_AGAIN", -4: "EAI_FAIL", -5: "EAI_NODATA",
	-6: "EAI_FAMILY", -7: "EAI_SOCKTYPE", -8: "EAI_SERVICE", -9: "EAI_ADDRFAMILY", -10: "EAI_MEMORY",
	-11: "EAI_SYSTEM", -12: "EAI_OVERFLOW", -105: "EAI_IDN_ENCODE",
}

func errorName(number int32) string {
	if name, ok := errorNames[number]; ok {
		return name
	}
	return fmt.Sprintf("error %d", number)
}
