"""An import, from what was named to rows in segments: checked, in order, met with what is stored."""
