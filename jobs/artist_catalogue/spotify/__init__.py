"""Spotify's Web API as a source: who is asked, how, how far the crawl has come."""
