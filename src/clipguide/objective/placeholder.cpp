// Owner fills this module in.
