"""What may be added to any loss: what a learned motion should be like, beside fitting the data."""
