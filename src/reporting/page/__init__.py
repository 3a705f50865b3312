"""One HTML file about many runs, and a small one about each: made of records, read without us."""
