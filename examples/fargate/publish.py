"""Runs `awsvpc-audit report` with the arguments given, keeps what it writes in S3, and exits with its code.

REPORT_BUCKET names the bucket. Each run lies under its date and time; `latest/` always has the newest.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import boto3

CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".sarif": "application/sarif+json"}


def main(arguments: list[str]) -> int:
    """Audit, then upload; the exit code is the audit's, so that the task's shows whether anything fails."""
    bucket = os.environ["REPORT_BUCKET"]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [f"--output={kind}:{folder}/report.{kind}" for kind in ("html", "json", "sarif")]
        code = subprocess.run(["awsvpc-audit", "report", *arguments, "--no-progress", *outputs], check=False).returncode
        s3 = boto3.client("s3")
        run = f"{datetime.now(UTC):%Y/%m/%dT%H%M%SZ}"
        for report in sorted(Path(folder).iterdir()):
            for prefix in (run, "latest"):
                s3.put_object(
                    Bucket=bucket,
                    Key=f"{prefix}/{report.name}",
                    Body=report.read_bytes(),
                    ContentType=CONTENT_TYPES[report.suffix],
                )
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
