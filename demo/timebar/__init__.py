"""The bar of the clip's time, and what is seen when."""
