package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// logPrefix begins the names of logs, and logSuffix ends them.
const (
	logPrefix = "log-"
	logSuffix = ".txt"
)

// maxLogs is how many logs a folder keeps.
const maxLogs = 16

// isLog tells whether a name is one of a log.
func isLog(name string) bool { return strings.HasPrefix(name, logPrefix) }

// PutLog stores a text for people to read and returns its file's path. subject is
// a C identifier; it and the text make the name, so that the same text is stored
// once. Only the last 16 logs are kept.
func (s *Store) PutLog(subject, text string) (string, error) {
	if len(text) > maxEntry {
		text = text[len(text)-maxEntry:]
	}
	tmp, err := s.writeTemp([]byte(text))
	if err != nil {
		return "", fmt.Errorf("store a log: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	name := logPrefix + subject + "-" + hex.EncodeToString(sum[:4]) + logSuffix
	if err := unix.Renameat(s.fd(), tmp, s.fd(), name); err != nil {
		s.remove(tmp)
		return "", fmt.Errorf("store a log in %s: %w", s.Path(), err)
	}
	return s.pathOf(name), errors.Join(s.dropLogs(), s.evict(name))
}

// dropLogs removes the logs that are too many, the oldest first.
func (s *Store) dropLogs() error {
	files, err := s.items()
	if err != nil {
		return err
	}
	var logs []string
	for _, f := range files {
		if isLog(f.name) {
			logs = append(logs, f.name)
		}
	}
	var errs []error
	for len(logs) > maxLogs {
		errs = append(errs, s.remove(logs[0]))
		logs = logs[1:]
	}
	return errors.Join(errs...)
}
