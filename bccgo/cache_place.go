package bccgo

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/source"
)

// place identifies the files and lines that the text stands in, which the
// compiled program names. To find them the Go files of the program are parsed,
// where they are on this machine; the cache keeps the outcome until one of them
// changes.
func (p *prepared) place(s *cache.Store, library []string) (string, error) {
	if p.named != "" {
		return p.digest(), nil
	}
	k, err := p.placeKey(library)
	if err != nil {
		return "", err
	}
	if digest, ok := s.Fact(k); ok {
		return digest, nil
	}
	begun := time.Now()
	digest := p.digest()
	if files := p.where().Files(); len(files) > 0 {
		if described, err := cache.Files(files, begun); err == nil {
			// Where it cannot be stored the next start looks again.
			_ = s.PutFact(k, digest, described)
		}
	}
	return digest, nil
}

// digest is a hash of the text with its places.
func (p *prepared) digest() string {
	sum := sha256.Sum256([]byte(source.Annotate(p.text, p.where())))
	return string(sum[:])
}

// placeKey hashes what a place is found by, save the files themselves.
func (p *prepared) placeKey(library []string) (cache.Key, error) {
	h := cache.NewHash()
	h.Add("library", library...)
	h.Add("text", p.text)
	h.Add("call", p.pos.File, fmt.Sprint(p.pos.Line))
	h.Add("more", p.more...)
	if !filepath.IsAbs(p.pos.File) {
		dir, err := os.Getwd()
		if err != nil {
			return cache.Key{}, fmt.Errorf("find the working directory: %w", err)
		}
		h.Add("directory", dir)
	}
	return h.Key(), nil
}
