"""Where a cluster is put, and when: placement, the program, failover and the command line."""
