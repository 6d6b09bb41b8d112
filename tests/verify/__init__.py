"""The three layers, tested from each vantage point and on the Macs themselves."""
