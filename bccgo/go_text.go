package bccgo

import "github.com/bccgo/bcc/bccgo/internal/goregs"

// goText is the C text that goes in front of one that names what is in it, ""
// for others.
func goText(text string, t *Target) (string, error) {
	if !goregs.Used(text) {
		return "", nil
	}
	version, err := t.versionCode()
	if err != nil {
		return "", err
	}
	front := goregs.Text(elfMachines[t.Machine], userReader(version))
	if front == "" {
		return "", &UnsupportedError{Feature: "reading arguments of Go functions (PT_GO_PARM1)",
			Reason: "the registers that Go uses on " + t.Machine + " are not known", Fix: "read them by name: ctx->..."}
	}
	return front, nil
}

// front is the C text in front of the program's.
func (p *prepared) front() string { return p.goText + p.usdt.text }

// before puts what belongs there in front of a text, whose lines keep their
// numbers.
func (p *prepared) before(text string) string {
	text = p.usdt.before(text)
	if p.goText == "" {
		return text
	}
	return "#line 1 \"readers of Go registers\"\n" + p.goText + "#line 1 \"/virtual/main.c\"\n" + text
}
