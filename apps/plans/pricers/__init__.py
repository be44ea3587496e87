"""One file for each price model: `price(price, rows)` answers with the steps of the breakdown.

Pricers are pure and must be called within `exact()`. They know neither rounding nor bounds nor other prices.
"""
