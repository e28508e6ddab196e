package bccgo_test

import (
	"context"
	"fmt"
	"log"

	"github.com/bccgo/bcc/bccgo"
)

// A group as a loop: each round tells which stream has a new event.
func ExampleGroup_All() {
	var m *bccgo.Module // from Load
	type start struct {
		When uint64
		PID  uint32
		Comm bccgo.Comm
		_    [4]byte
	}
	starts := bccgo.Stream[start](m, "starts", nil)
	ends := m.RawStream("ends", nil)
	g := bccgo.NewGroup(nil)
	if err := g.Add(starts, ends); err != nil {
		log.Fatal(err)
	}
	for s, err := range g.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		switch s {
		case starts:
			fmt.Println(starts.CPU(), starts.Event().Comm)
		case ends:
			value, err := ends.Decode(ends.Record())
			fmt.Println(value, err)
		}
	}
}

// Packets that come with events, as perf_submit_skb sends them.
func ExampleEventStream_Rest() {
	var m *bccgo.Module // from Load
	type head struct {
		Length uint32
	}
	packets := bccgo.Stream[head](m, "packets", nil)
	for h, err := range packets.All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("% x\n", packets.Rest()[:h.Length])
	}
}

// Bitfields are read from the integer in their place. The tag is checked
// against the C struct.
func ExampleBits() {
	// struct flags_t { u32 kind : 3; int shift : 5; u32 ok : 1; };
	type flags struct {
		Word uint32 `bcc:"kind:0-2,shift:3-7,ok:8"`
	}
	f := flags{Word: 5 | 30<<3 | 1<<8}
	fmt.Println(bccgo.Bits(f.Word, 0, 2), bccgo.SignedBits(f.Word, 3, 7), bccgo.Bits(f.Word, 8, 8) == 1)
	// Output: 5 -2 true
}
