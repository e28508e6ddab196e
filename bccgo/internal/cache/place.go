package cache

import "strings"

// placePrefix begins the names of the files that keep places, before the key.
const placePrefix = "place-"

// isPlace tells whether a name is one of a place.
func isPlace(name string) bool { return strings.HasPrefix(name, placePrefix) }

// Place returns what PutPlace stored under a key, as long as the files that it
// was found in are what they were.
func (s *Store) Place(k Key) (text string, ok bool) {
	e, err := s.read(placePrefix+k.String(), k, true)
	if err != nil || e.Changed() != "" {
		return "", false
	}
	return string(e.Data), true
}

// PutPlace stores what was found out about the place of a program's text, and
// the files that it depends on. Places are no programs: List leaves them out.
func (s *Store) PutPlace(k Key, text string, sources []File) error {
	return s.put(placePrefix+k.String(), k, &Entry{Files: sources, Data: []byte(text)})
}
