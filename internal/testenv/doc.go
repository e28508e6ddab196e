// Package testenv is what the module's tests share: the stage they run in,
// what the kernel under them can do, the tools they start and the check that
// they leave nothing behind.
//
// One test binary serves three stages, told apart by the environment variable
// BCCGO_TEST_STAGE:
//
//   - unit (or unset): any machine, any user; no BPF.
//   - live: root on the machine itself. Tests touch only processes, files and
//     network namespaces they made.
//   - vm: root in a throw-away machine with a kernel that has everything the
//     module promises. Tests may change and observe the whole system.
//
// A test says what it needs: [Live] or [VM] first, then the Need functions for
// kernel features. On the machine itself a missing feature skips the test with
// the reason; in the VM it fails it.
package testenv
