"""Runs alone, in a process of its own with limits: opens one untrusted file with its real parser and says what came.

`python -I file_parsing.py MEDIA_TYPE < file` prints `ok` or a refusal code. It imports nothing of ours on purpose.
"""

import io
import resource
import sys
import warnings

MOST_PIXELS = 40_000_000
MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 10
PICTURES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    media_type, content = sys.argv[1], sys.stdin.buffer.read()
    verdict = picture(content, PICTURES[media_type]) if media_type in PICTURES else document(content)
    sys.stdout.write(verdict)


def picture(content: bytes, kind: str) -> str:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as found:
            if found.width * found.height > MOST_PIXELS:
                return "picture-too-large"
            found.verify()
        with Image.open(io.BytesIO(content), formats=[kind]) as found:
            found.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "picture-too-large"
    except (OSError, SyntaxError, ValueError, MemoryError, EOFError):
        return "file-unreadable"
    return "ok"


def document(content: bytes) -> str:
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as found:
            if found.is_encrypted:
                return "file-encrypted"
            return "ok" if len(found.pages) else "file-unreadable"
    except pikepdf.PasswordError:
        return "file-encrypted"
    except (pikepdf.PdfError, ValueError, MemoryError):
        return "file-unreadable"


if __name__ == "__main__":
    main()
