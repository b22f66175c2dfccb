"""The worker process: it does one job at a time for the daemon that started it."""
