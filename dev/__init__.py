"""What runs Counterfoil on one machine: its embedded servers, `make run`, and the set-up of a clone."""
