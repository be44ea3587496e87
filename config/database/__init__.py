"""How a process meets its database: Django's PostgreSQL engine with connections and a pool of our own."""
