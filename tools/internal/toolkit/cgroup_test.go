package toolkit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContainerCgroup(t *testing.T) {
	root := t.TempDir()
	one, two := "0123"+strings.Repeat("a", 60), "0124"+strings.Repeat("b", 60)
	paths := map[string]string{
		one: "system.slice/docker-" + one + ".scope",
		two: "kubepods.slice/pod7/cri-containerd:" + two,
	}
	for _, path := range append([]string{"beef", "system.slice/beefbeef.scope", paths[one] + "/init"}, paths[one], paths[two]) {
		if err := os.MkdirAll(filepath.Join(root, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{one: paths[one], one[:4]: paths[one], two[:12]: paths[two]} {
		if got, err := containerCgroup(root, id); err != nil || got != filepath.Join(root, want) {
			t.Errorf("%s: %s, %v", id, got, err)
		}
	}
	other := strings.Replace(paths[one], "a.scope", "b.scope", 1)
	if err := os.Mkdir(filepath.Join(root, other), 0o755); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		one[:8]: "several containers begin so: ", "beef": "no control group", "012": "at least the first 4", "web-1": "want the container's id",
	} {
		if _, err := containerCgroup(root, id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestContainersRefuse(t *testing.T) {
	for _, c := range []struct {
		flags      Containers
		ownHeaders bool
		want       string
	}{
		{Containers{cgroup: "/no/such"}, true, "--cgroup /no/such: "},
		{Containers{cgroup: "/proc"}, true, "--cgroup /proc: this is no control group of version 2"},
		{Containers{cgroup: "/proc", container: "abcd"}, true, "give one of them"},
		{Containers{container: "x"}, true, "--container x: want the container's id"},
		{Containers{mntns: "x"}, true, "--mntns x: want the PID"},
		{Containers{mntns: "2147483647"}, true, "--mntns 2147483647: find the process"},
		{Containers{mntns: fmt.Sprint(os.Getpid())}, false, "--mntns: the headers to compile with"},
	} {
		if err := c.flags.Define(map[string]string{}, c.ownHeaders); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.flags, err)
		}
	}
}

func TestMountNamespaceOfProcess(t *testing.T) {
	link, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	c, defines := Containers{mntns: fmt.Sprint(os.Getpid())}, map[string]string{}
	if err := c.Define(defines, true); err != nil || link != "mnt:["+defines["MNTNS"]+"]" {
		t.Errorf("%v, %v; want %s", defines, err, link)
	}
}
