package cache

import "strings"

// factPrefix begins the names of the files that keep facts, before the key.
const factPrefix = "fact-"

// isFact tells whether a name is one of a fact.
func isFact(name string) bool { return strings.HasPrefix(name, factPrefix) }

// Fact returns what PutFact stored under a key, as long as the files that it was
// found in are what they were.
func (s *Store) Fact(k Key) (text string, ok bool) {
	e, err := s.read(factPrefix+k.String(), k, true)
	if err != nil || e.Changed() != "" {
		return "", false
	}
	return string(e.Data), true
}

// PutFact stores what took time to find out, and the files that it was found in.
// Facts are no programs: List leaves them out.
func (s *Store) PutFact(k Key, text string, files []File) error {
	return s.put(factPrefix+k.String(), k, &Entry{Files: files, Data: []byte(text)})
}
