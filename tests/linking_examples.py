"""The calls in docs/linking.md and what they answer; run as a script with an address, writes that there."""

import re
import subprocess
import sys
from pathlib import Path

ADDRESS = "http://127.0.0.1:8000"
DOCUMENT = Path(__file__).parents[1] / "docs" / "linking.md"
_CALL = re.compile(r"^```\n\$ (.*\n)((?:.*\n)*?)```$", re.MULTILINE)


def with_answers(text: str, address: str) -> str:
    """The document with the answers that a server at an address gives to its calls."""

    def answered(found: "re.Match[str]") -> str:
        command = found[1].replace(ADDRESS, address)
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        told = done.stdout.replace(address, ADDRESS).replace("\r\n", "\n").strip()
        return f"```\n$ {found[1]}{told}\n```"

    return _CALL.sub(answered, text)


if __name__ == "__main__":
    DOCUMENT.write_text(with_answers(DOCUMENT.read_text(), sys.argv[1]))
