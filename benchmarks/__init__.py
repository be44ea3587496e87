"""`make bench`: what Counterfoil promises about speed, measured side by side on this machine."""
