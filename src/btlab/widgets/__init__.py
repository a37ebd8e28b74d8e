"""The six-panel chart and its replay: Python's side. The page's side is TypeScript, built into `static`."""
