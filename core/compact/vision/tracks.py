"""stub"""
class Track: pass
def tracks_of(d): return []
def together(t): return {}
def place(t): return ""
def direction(t): return ""
