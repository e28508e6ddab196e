package toolkit

import (
	"fmt"
	"os/user"
	"strconv"
)

// UserID returns the id of a user given by number or name.
func UserID(s string) (uint32, error) {
	if id, err := strconv.ParseUint(s, 10, 32); err == nil {
		return uint32(id), nil
	}
	u, err := user.Lookup(s)
	if err != nil {
		return 0, fmt.Errorf("user %q: neither a number nor a name this machine knows: %w", s, err)
	}
	id, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("user %q: %w", s, err)
	}
	return uint32(id), nil
}
