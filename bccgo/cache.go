package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/secure"
)

// CacheOff is the value of Options.Cache and BCCGO_CACHE that compiles always.
const CacheOff = "off"

// rootCache is where root's compiled programs are kept: a folder that depends
// on no variable of the environment.
const rootCache = "/var/cache/bccgo"

// Errors of the cache.
type (
	// UnsafeCacheError means that somebody else could have changed what is in
	// the cache, which is then not used.
	UnsafeCacheError = cache.UnsafeError
	// DamagedCacheError means that an entry of the cache is not what was stored.
	DamagedCacheError = cache.DamagedError
)

// CacheStatus says what the cache did for a program.
type CacheStatus struct {
	// Dir is the cache's folder, "" where none is used.
	Dir string
	// Hit tells that the program came from there and was not compiled.
	Hit bool
	// Stored tells that it was compiled and put there.
	Stored bool
	// Err says why it was neither, or what was wrong with the cache.
	Err error
}

func (s CacheStatus) String() string {
	switch {
	case s.Hit:
		return "taken from the cache " + s.Dir
	case s.Stored:
		return "compiled, and stored in the cache " + s.Dir
	case s.Err != nil:
		return fmt.Sprintf("compiled, and not stored: %v", s.Err)
	}
	return "compiled without a cache"
}

// errCacheOff means that no cache was asked for.
var errCacheOff = errors.New("the cache is switched off")

// cacheDir chooses the cache's folder: the option, the variable BCCGO_CACHE, or
// the user's own place. A process that got its rights from its file has none,
// because those who started it choose the last two.
func cacheDir(option string) (string, error) {
	for _, dir := range []string{option, secure.Getenv("BCCGO_CACHE")} {
		switch {
		case dir == CacheOff:
			return "", errCacheOff
		case dir != "":
			return filepath.Abs(dir)
		}
	}
	switch {
	case secure.Process():
		return "", errors.New("the program's file gives it rights that its user lacks, who could write to the user's cache")
	case os.Geteuid() == 0:
		return rootCache, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "bccgo"), nil
}

// cached is the cache's side of one compile. Without a cache store is nil.
type cached struct {
	store  *cache.Store
	key    cache.Key
	status CacheStatus
}

// openCache finds the place of a compile in the cache. A cache that cannot be
// used is no error: its reason becomes the status.
func openCache(p *prepared, o *Options) *cached {
	c := &cached{}
	dir, err := cacheDir(o.Cache)
	if err == nil {
		c.store, err = cache.Open(dir, 0)
		if errors.Is(err, unix.EROFS) || errors.Is(err, fs.ErrPermission) {
			err = fmt.Errorf("%w; set BCCGO_CACHE to a folder that can be written", err)
		}
	}
	if err == nil {
		c.status.Dir = dir
		c.key, err = p.key(c.store)
	}
	if err != nil {
		c.giveUp(err)
	}
	return c
}

// giveUp goes on without a cache.
func (c *cached) giveUp(err error) {
	c.close()
	c.status.Err = err
	if errors.Is(err, errCacheOff) {
		c.status.Err = nil
	}
	warnUnsafe(err)
}

func (c *cached) close() {
	if c.store != nil {
		c.store.Close()
		c.store = nil
	}
}

// warned remembers that this process has warned of its cache.
var warned sync.Once

// warnUnsafe says that a cache is refused: somebody may be up to something.
func warnUnsafe(err error) {
	var unsafe *cache.UnsafeError
	if errors.As(err, &unsafe) {
		warned.Do(func() { fmt.Fprintf(os.Stderr, "bccgo: the cache is not used: %v\n", err) })
	}
}

// get returns the stored program, nil if there is none that can be used.
func (c *cached) get() *bundle.Bundle {
	if c.store == nil {
		return nil
	}
	e, err := c.store.Get(c.key)
	if err != nil {
		if unsafe := new(cache.UnsafeError); errors.As(err, &unsafe) {
			c.giveUp(err)
		}
		return nil
	}
	if e.Changed() != "" {
		return nil
	}
	b, err := bundle.Unmarshal(e.Data)
	if err != nil {
		return nil
	}
	c.status.Hit = true
	return b
}

// lock waits for another process that compiles the same, and returns what it
// stored. Where there is no such thing the caller compiles, and unlocks.
func (c *cached) lock(ctx context.Context) (b *bundle.Bundle, unlock func()) {
	unlock = func() {}
	if c.store == nil {
		return nil, unlock
	}
	if held, err := c.store.Lock(ctx, c.key); err == nil {
		unlock = held
	}
	return c.get(), unlock
}

// put stores a program whose compile began at a time and read the files.
// note is the file that the text stands in.
func (c *cached) put(b *bundle.Bundle, note string, files []string, begun time.Time) {
	if c.store == nil {
		return
	}
	c.status.Err = c.write(b, note, files, begun)
	c.status.Stored = c.status.Err == nil
}

func (c *cached) write(b *bundle.Bundle, note string, files []string, begun time.Time) error {
	described, err := cache.Files(files, begun)
	if err != nil {
		return err
	}
	data, err := b.Marshal()
	if err != nil {
		return err
	}
	return c.store.Put(c.key, &cache.Entry{Note: note, Release: b.Target.Release, Files: described, Data: data})
}
