package probe

// HasModule reports whether a module of that name is loaded, or built in with
// something to set.
func (k *Kernel) HasModule(name string) bool {
	return isPathPart(name) && k.root.IsDir("/sys/module/"+name)
}
