"""The demo: everything running on one machine, and the main job played aloud against it.

Only `seed` and `our_books` know Django; the supervisor and the story speak HTTP and stay small.
"""
