"""Real orders of a music shop, 1997-98."""
