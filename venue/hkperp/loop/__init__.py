"""The kernels of the one loop, a subject each; no message, no text, no file."""
