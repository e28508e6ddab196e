package headers

import "testing"

func TestFromEnvironment(t *testing.T) {
	for _, step := range []struct{ set, value, origin, path string }{
		{"BCCGO_HEADERS", "", "", ""},
		{"BCC_KERNEL_MODULES_SUFFIX", "custom/tree", "BCC_KERNEL_MODULES_SUFFIX", "/lib/modules/6.9.9/custom/tree"},
		{"BCC_KERNEL_SOURCE", "/bcc", "BCC_KERNEL_SOURCE", "/bcc"},
		{"BCCGO_HEADERS", "/own", "BCCGO_HEADERS", "/own"},
	} {
		if step.value == "" {
			t.Setenv("BCC_KERNEL_SOURCE", "")
			t.Setenv("BCC_KERNEL_MODULES_SUFFIX", "")
		}
		t.Setenv(step.set, step.value)
		if origin, path := FromEnvironment("6.9.9"); origin != step.origin || path != step.path {
			t.Errorf("with %s=%s: got %s, %s", step.set, step.value, origin, path)
		}
	}
}
