"""The web page: static files, and how they are served. It knows Quoth only through its HTTP API."""
