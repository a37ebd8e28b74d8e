"""The compiled code of data, and all that it is made of: a change here, and only here, makes old machine code stale."""
