package bccgo

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/headers"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
)

// HeadersReport tells which kernel headers programs are compiled with for
// Options.Target, by Options.Headers and the environment, and why; what there is
// to make headers of; and which programs in the cache (Options.Cache) took
// installed headers, because those made from types lacked something. It changes
// nothing and always returns the same checks in the same order. HostFail means
// that nothing can be compiled. The error tells that this kernel cannot be
// described.
func HeadersReport(o *Options) ([]HostCheck, error) {
	o = o.orDefault()
	t, err := o.target()
	if err != nil {
		return nil, err
	}
	r := &headersReport{target: t, options: o}
	r.plan, r.err = t.headers(o.Headers)
	kernel := HostCheck{ID: "kernel", Name: "Kernel", Status: HostOK, Value: t.Release + " " + t.Machine}
	return []HostCheck{kernel, r.source(), r.types(), r.modules(), r.config(), r.version(), r.installed(), r.fallbacks()}, nil
}

// headersReport is a report in the making.
type headersReport struct {
	target  *Target
	options *Options
	plan    *headers.Plan
	err     error // why there is no plan
}

// chosen is the word or path that chooses headers, and who says it.
func (r *headersReport) chosen() (choice, by string) {
	origin, fromEnv := headers.FromEnvironment(r.target.Release)
	switch {
	case r.options.Headers != "":
		return r.options.Headers, "the caller"
	case r.target.Headers != "":
		return r.target.Headers, "the target's description"
	case fromEnv != "":
		return fromEnv, origin
	}
	return headers.Auto, "default"
}

// source says which headers are taken.
func (r *headersReport) source() HostCheck {
	c := HostCheck{ID: "headers", Name: "Headers"}
	choice, by := r.chosen()
	chosen := fmt.Sprintf(" (%s, by %s)", choice, by)
	if r.err != nil {
		c.Status, c.Value, c.Why = HostFail, "none"+chosen, r.err.Error()
		if e := new(HeadersError); errors.As(r.err, &e) {
			c.Why, c.Fix = strings.Join(e.Tried, "; "), e.Fix
		}
		return c
	}
	c.Status = HostOK
	switch {
	case r.plan.Types != "" && r.plan.Choice != nil:
		c.Value = "made from types; " + r.plan.Choice.Path + " for texts that need more"
	case r.plan.Types != "":
		c.Value = "made from types"
	default:
		c.Value = r.plan.Choice.Path
	}
	c.Value += chosen
	return c
}

// types reads the types.
func (r *headersReport) types() HostCheck {
	c := HostCheck{ID: "types", Name: "Types (BTF)"}
	file := r.target.types()
	if file == "" {
		c.Status, c.Value, c.Why = HostWarn, "none", "there is no "+typesFile
		c.Fix = []string{"use a kernel with CONFIG_DEBUG_INFO_BTF=y", "install the kernel's headers"}
		if !r.target.isRunning() {
			c.Why, c.Fix = "the target's folder has no "+targetBTF, []string{"describe the target anew (bccgo target dump)"}
		}
		return c
	}
	begun := time.Now()
	n, err := countTypes(file)
	if err == nil {
		err = r.target.checkTypes()
	}
	if err != nil {
		c.Status, c.Value, c.Why = HostWarn, file, err.Error()
		return c
	}
	c.Status, c.Value = HostOK, fmt.Sprintf("%s, %d types, opened in %v", file, n, time.Since(begun).Round(time.Millisecond))
	return c
}

func countTypes(file string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	kernel, err := btftree.ReadKernel(data)
	if err != nil {
		return 0, err
	}
	return kernel.Count()
}

// modules lists the modules whose types can be had.
func (r *headersReport) modules() HostCheck {
	c := HostCheck{ID: "module_types", Name: "Types of modules", Status: HostOK, Value: "none"}
	var names []string
	if file := r.target.types(); file != "" {
		for _, name := range moduleTypes(file) {
			names = append(names, filepath.Base(name))
		}
	}
	if len(names) > 0 {
		c.Value = fmt.Sprintf("%d: %s", len(names), strings.Join(names, " "))
	}
	return c
}

// config reads the kernel's configuration.
func (r *headersReport) config() HostCheck {
	c := HostCheck{ID: "config", Name: "Configuration", Status: HostWarn, Value: "not known",
		Why: "every test of CONFIG_… in a text counts as off",
		Fix: []string{"modprobe configs, for /proc/config.gz", "put the configuration at /boot/config-" + r.target.Release}}
	if !r.target.isRunning() {
		c.Fix = []string{"put the configuration into the target's folder, as " + targetConfig}
	}
	file, err := r.target.configFile()
	if errors.Is(err, fs.ErrNotExist) {
		return c
	}
	var options btftree.Config
	if err == nil {
		options, err = readConfigFile(file)
	}
	if err != nil {
		c.Value, c.Why = cmp.Or(file, c.Value), err.Error()+": "+c.Why
		return c
	}
	return HostCheck{ID: c.ID, Name: c.Name, Status: HostOK, Value: fmt.Sprintf("%s, %d options", file, len(options))}
}

func readConfigFile(file string) (btftree.Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return btftree.ReadConfig(data)
}

// version tells LINUX_VERSION_CODE.
func (r *headersReport) version() HostCheck {
	c := HostCheck{ID: "version_code", Name: "LINUX_VERSION_CODE"}
	code, err := r.target.versionCode()
	if err != nil {
		c.Status, c.Value, c.Why = HostWarn, "not known", err.Error()
		return c
	}
	c.Status, c.Value = HostOK, fmt.Sprintf("KERNEL_VERSION(%d, %d, %d)", code>>16, code>>8&0xff, code&0xff)
	return c
}

// installed tells which headers in files there are, wanted or not.
func (r *headersReport) installed() HostCheck {
	c := HostCheck{ID: "installed", Name: "Installed headers", Status: HostOK}
	plan, err := r.target.headers(headers.Installed)
	if err == nil {
		c.Value = plan.Choice.Path
		return c
	}
	c.Value, c.Why = "none", "texts that need what types lack do not compile"
	if e := new(HeadersError); errors.As(err, &e) {
		c.Fix = e.Fix
	}
	if r.target.types() == "" {
		c.Status, c.Why = HostWarn, err.Error()
	}
	return c
}

// fallbacks lists the programs that were compiled with installed headers, though
// there were types.
func (r *headersReport) fallbacks() HostCheck {
	c := HostCheck{ID: "fallbacks", Name: "Programs in need of more", Status: HostOK, Value: "none in the cache"}
	list, err := fallenBack(r.options.Cache, r.target.Release)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errCacheOff):
		c.Value = "not known: there is no cache"
	case err != nil:
		c.Status, c.Value, c.Why = HostUnknown, "not known", err.Error()
	case len(list) > 0:
		var lines []string
		for _, p := range list {
			lines = append(lines, p.Source+": "+p.TypesLack)
		}
		c.Status, c.Value, c.Why = HostWarn, fmt.Sprintf("%d compiled with installed headers", len(list)), strings.Join(lines, "; ")
		c.Fix = []string{"write into these texts what the types lack, if they are to run where no headers are installed"}
	}
	return c
}

// fallenBack are the programs in a cache that were compiled for a release with
// installed headers, because those made from types did not do.
func fallenBack(dir, release string) ([]CachedProgram, error) {
	kept, err := OpenCache(dir)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	all, err := kept.List()
	if err != nil {
		return nil, err
	}
	var list []CachedProgram
	for _, p := range all {
		if p.Err == nil && p.TypesLack != "" && p.Release == release {
			list = append(list, p)
		}
	}
	return list, nil
}
