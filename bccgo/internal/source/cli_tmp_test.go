package source

import ("os";"testing")

func TestTmpCLI(t *testing.T) {
	f := os.Getenv("SRCF")
	if f == "" { t.Skip() }
	b, _ := os.ReadFile(f)
	s := ShadowEvents(string(b))
	os.WriteFile(f+".shadow", []byte(s.Text), 0644)
	os.WriteFile(f+".ann", []byte(Annotate(string(b), ForFile("prog.go"))), 0644)
	os.WriteFile(f+".both", []byte(Annotate(s.Text, ForFile("prog.go"))), 0644)
	t.Logf("%+v", s.Events); t.Logf("%+v", s.Missed)
	t.Logf("%+v", Scan(string(b)))
}
