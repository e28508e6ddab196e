package toolkit

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// Configure hands a program its settings: the only entry of its array called
// settings. The program does nothing until then.
func Configure[C any](m *bccgo.Module, config C) error {
	settings, err := bccgo.Map[int32, C](m, "settings")
	if err != nil {
		return err
	}
	if err := settings.Update(0, config); err != nil {
		return fmt.Errorf("hand over the settings: %w", err)
	}
	return nil
}
