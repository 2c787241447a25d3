"""`python -m nmt`, the same as the command `nmt`."""

from nmt.cli.main import run

if __name__ == "__main__":
    run()
