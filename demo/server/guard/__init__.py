"""What stands in front of the page: who may ask, from where and for what, and how passwords are kept."""
