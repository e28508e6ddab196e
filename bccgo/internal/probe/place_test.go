package probe

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePlace(t *testing.T) {
	for text, want := range map[string]Place{
		"kprobe:vfs_read":                  {Kind: KprobePlace, Name: "vfs_read"},
		"kprobe:vfs_read+16":               {Kind: KprobePlace, Name: "vfs_read", Offset: 16},
		"kprobe:vfs_read+0x1f":             {Kind: KprobePlace, Name: "vfs_read", Offset: 31},
		"kprobe:nf_tables:nf_hook":         {Kind: KprobePlace, Name: "nf_tables:nf_hook"},
		"kretprobe:helper.isra.0":          {Kind: KretprobePlace, Name: "helper.isra.0"},
		"tracepoint:sched:sched_switch":    {Kind: TracepointPlace, Category: "sched", Name: "sched_switch"},
		"raw_tracepoint:sched_switch":      {Kind: RawTracepointPlace, Name: "sched_switch"},
		"uprobe:c:malloc":                  {Kind: UprobePlace, Category: "c", Name: "malloc"},
		"uprobe:/lib/libstdc++.so.6:f+0x4": {Kind: UprobePlace, Category: "/lib/libstdc++.so.6", Name: "f", Offset: 4},
		"uprobe:c:memcpy@GLIBC_2.14":       {Kind: UprobePlace, Category: "c", Name: "memcpy@GLIBC_2.14"},
		"uprobe:/bin/g:type:.eq.main.T":    {Kind: UprobePlace, Category: "/bin/g", Name: "type:.eq.main.T"},
		"uretprobe:bash:readline":          {Kind: UretprobePlace, Category: "bash", Name: "readline"},
		"usdt:/bin/shop:shop:sale":         {Kind: USDTPlace, Category: "/bin/shop", Name: "shop:sale"},
		"usdt:c:setjmp":                    {Kind: USDTPlace, Category: "c", Name: "setjmp"},
		"kretprobe:snd-pcm:snd_pcm_format": {Kind: KretprobePlace, Name: "snd-pcm:snd_pcm_format"},
	} {
		got, err := ParsePlace(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParsePlace(got.String()); err != nil || again != want {
			t.Errorf("%s is printed as %s: %+v, %v", text, got, again, err)
		}
	}
}

func TestParsePlaceErrors(t *testing.T) {
	for text, problem := range map[string]string{
		"":                                "starts with \"\"",
		"vfs_read":                        "not with one of kprobe, kretprobe",
		"kprob:vfs_read":                  "did you mean kprobe?",
		"KPROBE:vfs_read":                 "starts with",
		"kprobe":                          "the function is empty",
		"kprobe:":                         "the function is empty; it should look like kprobe:FUNCTION[+OFFSET]",
		"kprobe:vfs_read+":                "the offset \"\"",
		"kprobe:vfs_read+x":               "the offset \"x\"",
		"kprobe:vfs_read+-1":              "the offset \"-1\"",
		"kprobe:+4":                       "the function is empty",
		"kprobe:vfs read":                 "the character ' '",
		"kprobe:vfs_.*":                   "the character '*'",
		"kprobe::f":                       "the module is empty",
		"kprobe:m:":                       "the function is empty",
		"kprobe:m:f:g":                    "the character ':'",
		"kretprobe:f+1":                   "no offset",
		"tracepoint:sched_switch":         "no category, or no event; it should look like tracepoint:CATEGORY:EVENT",
		"tracepoint::e":                   "the category is empty",
		"tracepoint:c:":                   "the event is empty",
		"tracepoint:../x:y":               "the character '/'",
		"uprobe:malloc":                   "no file, or no function; it should look like uprobe:FILE:FUNCTION[+OFFSET]",
		"uprobe::malloc":                  "the file is empty",
		"uprobe:c:":                       "the function is empty",
		"uprobe:c:+1":                     "the function is empty",
		"uprobe:c:f+g":                    "the offset \"g\"",
		"uretprobe:c:f+1":                 "no offset",
		"uretprobe:c":                     "no file, or no function",
		"usdt:sale":                       "no file, or no probe; it should look like usdt:FILE:[PROVIDER:]NAME",
		"usdt::sale":                      "the file is empty",
		"usdt:c:":                         "the probe is empty",
		"usdt:c::sale":                    "the provider is empty",
		"usdt:c:libc:":                    "the probe is empty",
		"usdt:c:libc:set*":                "the character '*'",
		"usdt:c:a:b:c":                    "the character ':'",
		"raw_tracepoint:":                 "the event is empty",
		"raw_tracepoint:sched:sched_wait": "only the event \"sched_wait\"",
	} {
		_, err := ParsePlace(text)
		var bad *PlaceError
		if !errors.As(err, &bad) || bad.Text != text || !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: %v, want %q", text, err, problem)
		}
	}
}

func FuzzParsePlace(f *testing.F) {
	for _, text := range []string{"", "kprobe:vfs_read+0x10", "kretprobe:m:f", "tracepoint:a:b", "raw_tracepoint:e", "kprobe:a+018446744073709551616", "uprobe:/a+b:c+1", "uretprobe:a:b:c", "usdt:a:b:c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePlace(text)
		if err != nil {
			var bad *PlaceError
			if !errors.As(err, &bad) || p != (Place{}) {
				t.Fatalf("%q: %+v, %v", text, p, err)
			}
			return
		}
		if again, err := ParsePlace(p.String()); err != nil || again != p {
			t.Fatalf("%q is %+v, printed as %q: %+v, %v", text, p, p.String(), again, err)
		}
	})
}
