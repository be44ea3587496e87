"""`make chaos`: the whole system under load, its processes killed at random, and nothing lost or counted twice."""
