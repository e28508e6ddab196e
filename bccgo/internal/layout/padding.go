package layout

// Span is a range of bytes.
type Span struct {
	Offset, Len int
}

// Padding returns the bytes of t no member uses, in order. Go may leave
// anything in them when it assigns a struct, and map keys must have zeros
// there.
func (t *Type) Padding() []Span {
	return appendSpans(nil, t, 0)
}

func appendSpans(out []Span, t *Type, base int) []Span {
	switch t.Kind {
	case Array:
		if t.Size == 0 || appendSpans(nil, t.Elem, 0) == nil {
			return out
		}
		for i := range t.Len {
			out = appendSpans(out, t.Elem, base+i*t.Elem.Size)
		}
	case Struct:
		end := base
		for _, m := range t.Members {
			out = addSpan(out, end, base+m.Offset)
			if m.BitSize == 0 {
				out = appendSpans(out, m.Type, base+m.Offset)
			}
			end = max(end, base+m.end())
		}
		out = addSpan(out, end, base+t.Size)
	case Union:
		end := base
		for _, m := range t.Members {
			end = max(end, base+m.end())
		}
		out = addSpan(out, end, base+t.Size)
	}
	return out
}

func addSpan(out []Span, from, to int) []Span {
	if to <= from {
		return out
	}
	return append(out, Span{Offset: from, Len: to - from})
}

// ZeroSpans clears the spans of raw, which must be as long as the type they
// were made for.
func ZeroSpans(raw []byte, spans []Span) {
	for _, s := range spans {
		clear(raw[s.Offset : s.Offset+s.Len])
	}
}
