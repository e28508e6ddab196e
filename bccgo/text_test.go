package bccgo

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestCString(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"\x00":             "",
		"bash\x00\x00":     "bash",
		"bash\x00old\x00":  "bash",
		"0123456789abcdef": "0123456789abcdef",
		"gr\xc3\xb6\xff":   "gr\xc3\xb6\xff",
	} {
		if got := CString([]byte(in)); got != want {
			t.Errorf("CString(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCStringCopies(t *testing.T) {
	b := []byte("bash\x00")
	s := CString(b)
	b[0] = 'd'
	if s != "bash" {
		t.Errorf("text changed with the bytes to %q", s)
	}
}

func TestCommPrintsAndMarshals(t *testing.T) {
	ev := struct {
		PID  uint32
		Comm Comm
	}{7, Comm{'b', 'a', 's', 'h', 0, 'x'}}
	if got := fmt.Sprintf("%v %-6s|", ev, ev.Comm); got != "{7 bash} bash  |" {
		t.Errorf("printed %q", got)
	}
	got, err := json.Marshal(map[Comm]any{ev.Comm: ev})
	if want := `{"bash":{"PID":7,"Comm":"bash"}}`; err != nil || string(got) != want {
		t.Errorf("marshalled %s, error %v, want %s", got, err, want)
	}
}

func TestCommUnmarshals(t *testing.T) {
	c := Comm{'l', 'o', 'n', 'g', 'e', 'r'}
	if err := json.Unmarshal([]byte(`"bash"`), &c); err != nil || c != (Comm{'b', 'a', 's', 'h'}) {
		t.Errorf("got %q, error %v, want bash and nothing after it", c[:], err)
	}
	if err := json.Unmarshal([]byte(`"123456789012345"`), &c); err != nil || c.String() != "123456789012345" {
		t.Errorf("15 bytes: got %q, error %v", c, err)
	}
	if err := json.Unmarshal([]byte(`"1234567890123456"`), &c); err == nil {
		t.Errorf("16 bytes accepted as %q, though the last must be a NUL", c)
	}
}
