"""Tax categories: what kind of thing a line sells, by which the rate of a tax is chosen."""

STANDARD = "standard"
"""The category of whatever names none."""

LONGEST = 40
