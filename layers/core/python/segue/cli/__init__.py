"""`segue`: a thin skin over the package."""
