import sys

for stream in (sys.stdin, sys.stdout, sys.stderr, sys.__stdout__):
    print(
        stream.name, stream.mode, stream.encoding, stream.errors, stream.newlines, stream.line_buffering,
        stream.write_through, stream.isatty(), stream.buffer.raw.closefd, stream.buffer.name, type(stream.buffer).__name__,
    )
