"""Brings the service up again."""

import argparse
import pathlib
import sys

STATUS = pathlib.Path("status.txt")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("--to", default="up")
    arguments = parser.parse_args()
    if STATUS.read_text().strip() == f"service is {arguments.to}":
        print("nothing to do")
        return 0
    if not arguments.apply:
        print(f"would write: service is {arguments.to}")
        return 1
    STATUS.write_text(f"service is {arguments.to}\n")
    print("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
