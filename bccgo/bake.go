package bccgo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/secure"
)

// BakeEnv names a folder into which every program that is compiled is baked as
// well. Running a program once with it on a host like those it is meant for
// collects all that it needs in Options.Baked.
const BakeEnv = "BCCGO_BAKE"

// NotBakedError means that a program could not be compiled, and that
// Options.Baked has it for other kernels only.
type NotBakedError struct {
	// Release is the kernel it was wanted for, Have those it is there for.
	Release string
	Have    []string
	// Err says why it was not compiled instead.
	Err error
}

func (e *NotBakedError) Error() string {
	have := "no kernel (the text or its flags differ from what was baked)"
	if len(e.Have) > 0 {
		have = strings.Join(e.Have, ", ")
	}
	return fmt.Sprintf("the program is baked for %s, and not for %s: bake it for that one too (bccgo bake --target), "+
		"or make compiling possible: %v", have, e.Release, e.Err)
}

func (e *NotBakedError) Unwrap() error { return e.Err }

// Bake compiles a text for the kernel of o.Target, or the running one, and
// stores it in a folder for programs that have the folder in Options.Baked and
// load the same text with the same flags. It returns the file's path.
func Bake(ctx context.Context, dir, text string, o *Options) (string, error) {
	b, err := CompileContext(ctx, text, o)
	if err != nil {
		return "", err
	}
	return b.bake(dir, text, o.orDefault())
}

func (b *Bundle) bake(dir, text string, o *Options) (string, error) {
	name, err := bakedName(text, o, b.Release())
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("bake: %w", err)
	}
	file := filepath.Join(dir, name)
	return file, b.WriteFile(file)
}

// bakeIfAsked bakes what was compiled where the environment says so.
func (b *Bundle) bakeIfAsked(text string, o *Options) error {
	dir := secure.Getenv(BakeEnv)
	if dir == "" {
		return nil
	}
	_, err := b.bake(dir, text, o)
	return err
}

// bakedExt ends the names of baked programs.
const bakedExt = ".bundle"

// bakedName is a file's name: what was compiled, then for what kernel.
func bakedName(text string, o *Options, release string) (string, error) {
	what, err := bakedPrefix(text, o)
	return what + release + bakedExt, err
}

// bakedPrefix stands for a text and the flags it is compiled with.
func bakedPrefix(text string, o *Options) (string, error) {
	cflags, err := o.cflags()
	if err != nil {
		return "", err
	}
	h := cache.NewHash()
	h.Add("text", text)
	h.Add("cflags", cflags...)
	plan, err := o.ownUSDTPlan()
	if err != nil {
		return "", err
	}
	if plan.text != "" {
		h.Add("usdt", plan.text)
	}
	return h.Key().String()[:24] + ".", nil
}

// fromBaked returns the program for a target, nil if it is not there. A damaged
// one is as good as none: the text is there, too.
func fromBaked(text string, o *Options) (*Bundle, error) {
	if o.Baked == nil {
		return nil, nil
	}
	target, err := o.target()
	if err != nil {
		return nil, err
	}
	name, err := bakedName(text, o, target.Release)
	if err != nil {
		return nil, err
	}
	for file := range bakedFiles(o.Baked) {
		if path.Base(file) != name {
			continue
		}
		data, err := fs.ReadFile(o.Baked, file)
		if err != nil {
			return nil, fmt.Errorf("read baked program: %w", err)
		}
		b := new(Bundle)
		if b.UnmarshalBinary(data) == nil && b.fits(target) && b.externsFit(o) {
			b.baked = true
			return b, nil
		}
	}
	return nil, nil
}

// fits tells whether a bundle was compiled for that very build of the kernel.
func (b *Bundle) fits(t *Target) bool {
	own := b.data.Target
	return own.Release == t.Release && own.Machine == t.Machine && (own.Version == t.Version || own.Version == "" || t.Version == "")
}

// bakedFiles yields the bundles of a file system, those in its folders too: an
// embedded folder keeps its name.
func bakedFiles(files fs.FS) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		// What cannot be listed holds nothing that could be loaded.
		_ = fs.WalkDir(files, ".", func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(file, bakedExt) && !yield(file) {
				return fs.SkipAll
			}
			return nil
		})
	}
}

// notBaked explains, where baked programs are at hand, a text that cannot be
// compiled: what they lack is what counts then.
func notBaked(text string, o *Options, err error) error {
	var library *LibraryError
	var compiler *NoCompilerError
	var rights *RightsError
	var headers *HeadersError
	if o.Baked == nil || !errors.As(err, &library) && !errors.As(err, &compiler) && !errors.As(err, &rights) && !errors.As(err, &headers) {
		return err
	}
	prefix, prefixErr := bakedPrefix(text, o)
	target, targetErr := o.target()
	if prefixErr != nil || targetErr != nil {
		return err
	}
	e := &NotBakedError{Release: target.Release, Err: err}
	for file := range bakedFiles(o.Baked) {
		if rest, ok := strings.CutPrefix(path.Base(file), prefix); ok {
			e.Have = append(e.Have, strings.TrimSuffix(rest, bakedExt))
		}
	}
	slices.Sort(e.Have)
	return e
}
