package bccgo

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cache"
)

// Cache is the folder that keeps compiled programs, opened to look after it.
// Programs need none: Load finds the folder by itself.
type Cache struct{ store *cache.Store }

// CachedProgram is an entry of the cache.
type CachedProgram struct {
	// Key names the entry; it is its file's name.
	Key string `json:"key"`
	// Size is the file's, in bytes.
	Size int64 `json:"size"`
	// Used is when it was last used, to the hour.
	Used time.Time `json:"used"`
	// Source is the file that the program's text stands in.
	Source string `json:"source,omitempty"`
	// Release is the kernel that it was compiled for.
	Release string `json:"release,omitempty"`
	// Headers is what it was compiled with, as Bundle.Headers has it, and
	// TypesLack why not with those made from types, where these were tried.
	Headers   string `json:"headers,omitempty"`
	TypesLack string `json:"types_lack,omitempty"`
	// Functions and Tables are the program's.
	Functions []string `json:"functions,omitempty"`
	Tables    []string `json:"tables,omitempty"`
	// Files counts the headers and libraries that the compile depended on;
	// Changed names the first that is not what it was, which makes the entry
	// useless.
	Files   int    `json:"files"`
	Changed string `json:"changed,omitempty"`
	// Err says why the entry cannot be read, nil if it can: *UnsafeCacheError
	// or *DamagedCacheError.
	Err error `json:"-"`
}

// OpenCache opens the cache that programs of this user take: the folder given,
// else BCCGO_CACHE, else the default. It is not made. A cache that nobody has
// used yet gives an error that is fs.ErrNotExist.
func OpenCache(dir string) (*Cache, error) {
	path, err := cacheDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	s, err := cache.OpenExisting(path)
	if err != nil {
		return nil, err
	}
	return &Cache{s}, nil
}

// Dir is the cache's folder.
func (c *Cache) Dir() string { return c.store.Path() }

// Limit is how many bytes the folder may hold before the programs that were not
// used for longest are removed.
func (c *Cache) Limit() int64 { return cache.DefaultLimit }

// List describes all entries, the one not used for longest first.
func (c *Cache) List() ([]CachedProgram, error) {
	infos, err := c.store.List()
	if err != nil {
		return nil, err
	}
	list := make([]CachedProgram, 0, len(infos))
	for _, info := range infos {
		p := CachedProgram{Key: info.Key.String(), Size: info.Size, Used: info.Used}
		c.describe(info.Key, &p)
		if !errors.Is(p.Err, cache.ErrMiss) { // removed meanwhile
			list = append(list, p)
		}
	}
	return list, nil
}

// describe fills in what is in an entry.
func (c *Cache) describe(k cache.Key, p *CachedProgram) {
	e, err := c.store.Peek(k)
	if err != nil {
		p.Err = err
		return
	}
	p.Source, p.Release, p.Files, p.Changed = e.Note, e.Release, len(e.Files), e.Changed()
	b, err := bundle.Unmarshal(e.Data)
	if err != nil {
		p.Err = &DamagedCacheError{Path: c.Dir() + "/" + p.Key, Reason: err.Error()}
		return
	}
	p.Headers, p.TypesLack = b.Headers, b.TypesLack
	p.Functions, p.Tables = b.FunctionNames(), b.MapNames()
}

// Remove removes an entry by its key. One that is not there is fs.ErrNotExist.
func (c *Cache) Remove(key string) error {
	k, ok := cache.ParseKey(key)
	if !ok {
		return fmt.Errorf("remove %q from the cache: it is no key, which has 64 hex digits", key)
	}
	if !c.store.Has(k) {
		return fmt.Errorf("remove %s from the cache %s: %w", key, c.Dir(), fs.ErrNotExist)
	}
	return c.store.Remove(k)
}

// Clear removes all entries and returns how many there were.
func (c *Cache) Clear() (int, error) { return c.store.Clear() }

// Close closes the cache's folder.
func (c *Cache) Close() error { return c.store.Close() }
