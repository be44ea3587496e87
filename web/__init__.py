"""What stands between granian and Django: receiving, sharing, threads. It knows neither of them by name."""
