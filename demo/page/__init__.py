"""The page as a whole: its layout, language and theme."""
