"""One module an engine. Each has a class `Engine`, which `worker.py` drives."""
