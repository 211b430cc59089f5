"""The part of Upshift that runs inside a Django project's own processes.

It goes into the image beside the project's packages, whatever project that is, and needs none of
them until the project itself has loaded them.
"""
